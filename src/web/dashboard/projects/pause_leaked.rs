//! Sets whether leaked keys are paused.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::domain::projects;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::paths;

#[derive(Template)]
#[template(path = "projects/pause_leaked.html")]
struct Page {
    chrome: Chrome,
    project: String,
    pauses: bool,
}

/// A box that is not ticked is not sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    #[serde(default)]
    pause: String,
}

/// `GET /projects/{project}/settings/leaks`
pub(crate) async fn pause_leaked(
    access: ProjectAdmin,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let project = access.project.id.clone();
    let pauses = visit.db.read(move |c| projects::pauses_leaked(c, &project)).await?;
    let chrome = Chrome::of_project("Leaked keys", Section::Settings, &access, &visit.request);
    html(StatusCode::OK, &Page { chrome, project: access.project.slug.clone(), pauses })
}

/// `POST /projects/{project}/settings/leaks`
pub(crate) async fn set_pause_leaked(
    access: ProjectAdmin,
    CsrfForm(form): CsrfForm<Form>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let pauses = match form.pause.as_str() {
        "" => false,
        "on" => true,
        _ => return Err(Error::BadRequest("There is no such choice.")),
    };
    let (project, actor) = (access.project.clone(), access.user.actor());
    visit
        .change(actor, move |c, act| projects::set_pauses_leaked(c, act, &project, pauses))
        .await?;
    let text =
        if pauses { " are paused at once from now on." } else { " are only marked from now on." };
    let flash = Flash { subject: "Leaked secret keys".to_owned(), text: text.to_owned() };
    flash.send(see_other(&paths::settings(&access.project.slug)), &visit)
}
