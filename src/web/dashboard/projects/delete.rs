//! Delete the whole project, with its confirmation.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::db::DbConnection;
use crate::domain::environments::Environment;
use crate::domain::members;
use crate::domain::projects::{self, DeleteError, KeyCounts, Project};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{Htmx, go_on, html};
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectOwner};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::{number, pattern};
use crate::web::{State, paths};

#[derive(Template)]
#[template(path = "projects/delete_dialog.html")]
struct Dialog {
    form: Confirmation,
}

#[derive(Template)]
#[template(path = "projects/delete_page.html")]
struct Page {
    chrome: Chrome,
    form: Confirmation,
}

/// What both show.
struct Confirmation {
    csrf: String,
    project: Project,
    environments: Vec<Environment>,
    keys: KeyCounts,
    /// How many people lose access, without the one who asks.
    others: usize,
    typed: String,
    wrong: bool,
}

impl Confirmation {
    fn pattern(&self) -> String {
        pattern(&self.project.name)
    }

    fn total(&self) -> String {
        number(self.keys.total())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteForm {
    confirm: String,
}

/// `GET /projects/{project}/settings/delete`
pub(crate) async fn confirm(
    access: ProjectOwner,
    htmx: Htmx,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    form(StatusCode::OK, access.project.clone(), String::new(), &access, htmx, &state, &request)
        .await
}

/// `POST /projects/{project}/settings/delete`
pub(crate) async fn delete(
    access: ProjectOwner,
    CsrfForm(typed): CsrfForm<DeleteForm>,
    htmx: Htmx,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, actor) = (access.project.id.clone(), access.user.actor());
    let confirm = typed.confirm.clone();
    match state.change_long(actor, move |c, act| projects::delete(c, act, &id, &confirm)).await {
        Ok(projects::Deletion { project, keys }) => {
            let text = if keys.total() == 0 {
                " is deleted.".to_owned()
            } else {
                format!(" is deleted. {} with it; calls with them are refused.", keys.ended())
            };
            Flash { subject: project.name, text }.send(go_on(htmx, paths::PROJECTS), &state)
        }
        Err(DeleteError::NotConfirmed(project)) => {
            form(
                StatusCode::UNPROCESSABLE_ENTITY,
                *project,
                typed.confirm,
                &access,
                htmx,
                &state,
                &request,
            )
            .await
        }
        Err(DeleteError::Refused(refused)) => Err(refused.into()),
        Err(DeleteError::Db(error)) => Err(error.into()),
    }
}

async fn form(
    status: StatusCode,
    project: Project,
    typed: String,
    access: &ProjectAccess,
    htmx: Htmx,
    state: &State,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = project.id.clone();
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        Ok((projects::key_counts(c, &id)?, members::people(c, &id)?.len()))
    };
    let (counts, people) = state.db.read(load).await?;
    let form = Confirmation {
        csrf: access.user.csrf.clone(),
        project,
        environments: access.environments.clone(),
        keys: counts.into_iter().fold(KeyCounts::default(), |sum, (_, counts)| sum + counts),
        others: people.saturating_sub(1),
        typed,
        wrong: status != StatusCode::OK,
    };
    if htmx.0 {
        html(status, &Dialog { form })
    } else {
        html(
            status,
            &Page {
                chrome: Chrome::of_project("Delete project", Section::Settings, access, request),
                form,
            },
        )
    }
}
