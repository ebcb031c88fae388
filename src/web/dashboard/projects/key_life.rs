//! Sets the longest life of a project's secret keys.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::domain::projects::{self, KeyLife};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Field;
use crate::web::paths;

#[derive(Template)]
#[template(path = "projects/key_life.html")]
struct Page {
    chrome: Chrome,
    project: String,
    action: String,
    days: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    days: String,
}

/// `GET /projects/{project}/settings/key-life`
pub(crate) async fn key_life(access: ProjectAdmin, visit: Visit) -> Result<HttpResponse, Error> {
    let project = access.project.id.clone();
    let life = visit.db.read(move |c| projects::key_life(c, &project)).await?;
    let days = Field::kept(&life.map_or_else(String::new, |life| life.days().to_string()));
    page(StatusCode::OK, days, &access, &visit.request)
}

/// `POST /projects/{project}/settings/key-life`
pub(crate) async fn set_key_life(
    access: ProjectAdmin,
    CsrfForm(form): CsrfForm<Form>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let mut days = Field::kept(&form.days);
    let Some(life) = days.check(KeyLife::parse) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, days, &access, &visit.request);
    };
    let (project, actor) = (access.project.clone(), access.user.actor());
    visit.change(actor, move |c, act| projects::set_key_life(c, act, &project, life)).await?;
    let text = life.map_or_else(
        || ": no limit.".to_owned(),
        |life| format!(": {} days at most.", life.days()),
    );
    let flash = Flash { subject: "Life of new secret keys".to_owned(), text };
    flash.send(see_other(&paths::settings(&access.project.slug)), &visit)
}

fn page(
    status: StatusCode,
    days: Field,
    access: &ProjectAccess,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let chrome = Chrome::of_project("Life of secret keys", Section::Settings, access, request);
    let project = access.project.slug.clone();
    let action = paths::key_life(&project);
    html(status, &Page { chrome, project, action, days })
}
