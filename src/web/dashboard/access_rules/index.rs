//! The page in all its states.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Error;
use super::super::access_tokens;
use super::super::chrome::{Chrome, Section};
use super::super::extract::EnvironmentAccess;
use super::super::views::Field;
use super::views::{Fields, IndexPage};
use crate::domain::policies::{self, Current};
use crate::web::flash::{self, Flash};
use crate::web::htmx::html;
use crate::web::{State, paths};

/// `GET …/access-rules`
pub(crate) async fn index(
    access: EnvironmentAccess,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let current = access_tokens::current(&access, &state).await?;
    let mut response = page(StatusCode::OK, &access, &state, &request, fields(&current))?;
    flash::clear(&mut response, &request, &state)?;
    Ok(response)
}

/// What is stored.
fn fields(current: &Current) -> Fields {
    let rules = &current.policy.rules;
    Fields {
        version: current.version,
        base_path: Field::kept(rules.base_path.as_str()),
        rights: rules.rights.clone(),
        origins: Field::kept(&rules.origins.lines()),
        refuse_browsers: rules.refuse_secret_keys_from_browsers,
        stale: false,
    }
}

pub(super) fn page(
    status: StatusCode,
    access: &EnvironmentAccess,
    state: &State,
    request: &HttpRequest,
    fields: Fields,
) -> Result<HttpResponse, Error> {
    let environment = &access.environment;
    let page = IndexPage {
        chrome: Chrome::of_environment("Access Rules", Section::AccessRules, access, request),
        environment: environment.name.clone(),
        environment_id: environment.id.clone(),
        action: paths::access_rules(access.slug(), &environment.name),
        flash: Flash::of(request, state),
        why: access
            .why_not_change_keys()
            .map(|_| policies::why_not(access.project.role, &environment.name)),
        fields,
    };
    html(status, &page)
}
