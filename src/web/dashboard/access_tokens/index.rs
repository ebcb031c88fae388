//! The Access Tokens page in all its states.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::views::{Fields, IndexPage, Report, Verdict};
use crate::domain::access_tokens::Source;
use crate::domain::policies::{self, Current};
use crate::web::dashboard::http::flash::{self, Flash};
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::{State, paths};

/// `GET …/access-tokens`
pub(crate) async fn index(access: EnvironmentAccess, visit: Visit) -> Result<HttpResponse, Error> {
    let current = current(&access, &visit.state).await?;
    let page = page(StatusCode::OK, &access, &current, None, None, &visit)?;
    flash::shown(page, &visit)
}

/// The current policy.
pub(crate) async fn current(access: &EnvironmentAccess, state: &State) -> Result<Current, Error> {
    let environment = access.environment.id.clone();
    Ok(state.db.read(move |c| policies::current(c, &environment)).await?)
}

/// The page, with a form that has mistakes, or with the verdict on a token.
pub(super) fn page(
    status: StatusCode,
    access: &EnvironmentAccess,
    current: &Current,
    sent: Option<Fields>,
    verdict: Option<Verdict>,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let (project, environment) = (access.slug(), &access.environment);
    let settings = current.policy.tokens.as_ref();
    let report = settings.map(|settings| match &settings.source {
        Source::Pasted(_) => Report::of_pasted(current.keys.as_ref()),
        Source::Url(url) => Report::of_fetched(&visit.issuer_keys.report(url)),
    });
    let fields = sent.unwrap_or_else(|| {
        let kept = |text: Option<&String>| Field::kept(text.map_or("", |text| text));
        let (url, keys) = match settings.map(|settings| &settings.source) {
            Some(Source::Url(url)) => (Field::kept(url.as_str()), Field::default()),
            Some(Source::Pasted(text)) => (Field::default(), Field::kept(text)),
            None => (Field::default(), Field::default()),
        };
        Fields {
            tag: current.tag.clone(),
            issuer: kept(settings.and_then(|settings| settings.issuer.as_ref())),
            audience: kept(settings.and_then(|settings| settings.audience.as_ref())),
            subject: kept(settings.and_then(|settings| settings.subject.as_ref())),
            url,
            keys,
            stale: false,
        }
    });
    let page = IndexPage {
        chrome: Chrome::of_environment(
            "Access Tokens",
            Section::AccessTokens,
            access,
            &visit.request,
        ),
        environment: environment.name.clone(),
        environment_id: environment.id.clone(),
        action: paths::access_tokens(project, &environment.name),
        try_action: paths::access_tokens_try(project, &environment.name),
        flash: Flash::of(visit),
        why: access
            .why_not_change_keys()
            .map(|_| policies::why_not(access.project.role, &environment.name)),
        fields,
        report,
        verdict,
    };
    html(status, &page)
}
