//! What a project holds, and what happened in it last.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::Error;
use super::super::activity::Row;
use super::super::chrome::{Chrome, Section};
use super::super::extract::ProjectAccess;
use super::super::home;
use crate::db::DbConnection;
use crate::domain::activity::{self, Filter};
use crate::domain::api_keys;
use crate::domain::environments::Environment;
use crate::domain::members;
use crate::domain::projects::{self, KeyCounts, Project};
use crate::web::State;
use crate::web::htmx::html;

/// Entries of the activity that are shown.
const RECENT: i64 = 8;

#[derive(Template)]
#[template(path = "projects/overview.html")]
struct Page {
    chrome: Chrome,
    project: Project,
    environments: Vec<(Environment, KeyCounts)>,
    recent: Vec<Row>,
    /// How many leaked keys the environments have.
    leaked: Vec<(String, i64)>,
    /// Where the first key would go, while there is none.
    first: Option<First>,
}

struct First {
    environment: String,
    may_add: bool,
}

/// `GET /projects/{slug}`
pub(crate) async fn overview(access: ProjectAccess, state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let id = access.project.id.clone();
    let now = state.clock.now();
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        let recent = activity::list(c, &id, &Filter::default(), None, RECENT)?;
        Ok((projects::key_counts(c, &id)?, recent, api_keys::count_leaked(c, &id, now)?))
    };
    let (counts, recent, leaked) = state.db.read(load).await?;
    let chrome = Chrome::of_project("Project Overview", Section::Overview, &access, &request);
    let seen = chrome.project.as_ref().map(|project| project.keys_environment.clone()).unwrap_or_default();
    let remember = home::remember(&access.project.slug, &seen, &state, &request);
    let first = access.environments.first().filter(|_| counts.is_empty()).map(|environment| First {
        environment: environment.name.clone(),
        may_add: members::may_change_keys(access.role, environment.protected),
    });
    let count =
        |environment: &Environment| counts.iter().find(|(id, _)| *id == environment.id).map(|(_, counts)| *counts).unwrap_or_default();
    let environments = access.environments.iter().map(|environment| (environment.clone(), count(environment))).collect();
    let page = Page { chrome, project: access.project, environments, recent: recent.into_iter().map(Row::of).collect(), leaked, first };
    let mut response = html(StatusCode::OK, &page)?;
    if let Some(cookie) = remember {
        response.add_cookie(&cookie).map_err(|e| Error::Internal(e.to_string()))?;
    }
    Ok(response)
}
