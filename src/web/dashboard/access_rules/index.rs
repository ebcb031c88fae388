//! The Access Rules page in all its states.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::TimeDelta;

use super::super::access_tokens;
use super::views::{Fields, IndexPage, KeysOnly};
use crate::domain::gateways;
use crate::domain::members::Right;
use crate::domain::policies::{self, Current};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::{State, paths};

/// How long an untrusted gateway is shown after its last call.
const LATELY: TimeDelta = TimeDelta::days(7);
/// How many of them are shown.
const LISTED: usize = 3;

/// `GET …/access-rules`
pub(crate) async fn index(access: EnvironmentAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let current = access_tokens::current(&access, &visit.state).await?;
    let fields = Fields::of(&current);
    let page = page(StatusCode::OK, &access, &current, fields, &visit).await?;
    flash::shown(page, &visit)
}

impl Fields {
    pub(super) fn of(current: &Current) -> Self {
        let rules = &current.policy.rules;
        Self {
            tag: current.tag.clone(),
            base_path: Field::kept(rules.base_path.as_str()),
            elsewhere: rules.elsewhere,
            rights: rules.rights.clone(),
            origins: Field::kept(&rules.origins.lines()),
            refuse_browsers: rules.refuse_secret_keys_from_browsers,
            stale: false,
        }
    }
}

/// Peers that sent the original request of a call with a valid key, but are not trusted.
async fn untrusted(access: &EnvironmentAccess, state: &State) -> Result<Vec<IpAddr>, Error> {
    let (environment, since) = (access.environment.clone(), state.clock.now() - LATELY);
    let seen =
        state.db.read(move |c| gateways::untrusted_originals(c, &environment, since)).await?;
    let mut peers: Vec<_> =
        seen.iter().filter_map(|seen| seen.peer.parse().ok()).take(LISTED).collect();
    peers.dedup();
    Ok(peers)
}

pub(super) async fn page(
    status: StatusCode,
    access: &EnvironmentAccess,
    current: &Current,
    fields: Fields,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let (project, environment) = (access.slug(), &access.environment);
    let role = access.project.role;
    let why = access.why_not_change_keys().map(|_| policies::why_not(role, &environment.name));
    let untrusted = if why.is_none() { untrusted(access, &visit.state).await? } else { Vec::new() };
    let page = IndexPage {
        chrome: Chrome::of_environment(
            "Access Rules",
            Section::AccessRules,
            access,
            &visit.request,
        ),
        environment: environment.name.clone(),
        environment_id: environment.id.clone(),
        action: paths::access_rules(project, &environment.name),
        flash: Flash::of(visit),
        untrusted,
        why,
        fields,
        keys_only: KeysOnly {
            is_on: current.policy.rules.check_keys_only,
            tag: current.tag.clone(),
            action: paths::check_keys_only(project, &environment.name),
            why: (!Right::Manage.belongs_to(role)).then(|| Right::Manage.why_not()),
        },
    };
    html(status, &page)
}
