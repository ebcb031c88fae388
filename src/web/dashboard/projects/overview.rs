//! What a project holds.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::Error;
use super::super::chrome::{Chrome, Section};
use super::super::extract::ProjectAccess;
use crate::domain::environments::Environment;
use crate::domain::projects::{self, KeyCounts, Project};
use crate::web::State;
use crate::web::htmx::html;

#[derive(Template)]
#[template(path = "projects/overview.html")]
struct Page {
    chrome: Chrome,
    project: Project,
    environments: Vec<(Environment, KeyCounts)>,
}

/// `GET /projects/{slug}`
pub(crate) async fn overview(access: ProjectAccess, state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let id = access.project.id.clone();
    let counts = state.db.read(move |c| projects::key_counts(c, &id)).await?;
    let count =
        |environment: &Environment| counts.iter().find(|(id, _)| *id == environment.id).map(|(_, counts)| *counts).unwrap_or_default();
    let environments = access.environments.iter().map(|environment| (environment.clone(), count(environment))).collect();
    let chrome = Chrome::of_project("Project Overview", Section::Overview, &access, &request);
    html(StatusCode::OK, &Page { chrome, project: access.project, environments })
}
