//! Deletes a project, after a confirmation.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::db::DbConnection;
use crate::domain::environments::Environment;
use crate::domain::members;
use crate::domain::projects::{self, DeleteError, KeyCounts, Project};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectOwner, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::{number, pattern};
use crate::web::paths;

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

struct Confirmation {
    csrf: String,
    project: Project,
    environments: Vec<Environment>,
    keys: KeyCounts,
    /// How many other people lose their access.
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
pub(crate) async fn confirm(access: ProjectOwner, visit: Visit) -> Result<HttpResponse, Error> {
    form(StatusCode::OK, access.project.clone(), String::new(), &access, &visit).await
}

/// `POST /projects/{project}/settings/delete`
pub(crate) async fn delete(
    access: ProjectOwner,
    CsrfForm(typed): CsrfForm<DeleteForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (id, actor) = (access.project.id.clone(), access.user.actor());
    let confirm = typed.confirm.clone();
    match visit.change_long(actor, move |c, act| projects::delete(c, act, &id, &confirm)).await {
        Ok(projects::Deletion { project, keys }) => {
            let text = if keys.total() == 0 {
                " is deleted.".to_owned()
            } else {
                format!(" is deleted. {} with it; calls with them are refused.", keys.ended())
            };
            Flash { subject: project.name, text }.send(visit.go_on(paths::PROJECTS), &visit)
        }
        Err(DeleteError::NotConfirmed(project)) => {
            form(StatusCode::UNPROCESSABLE_ENTITY, *project, typed.confirm, &access, &visit).await
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
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let id = project.id.clone();
    let load = move |c: &mut DbConnection| -> Result<_, Error> {
        Ok((projects::key_counts(c, &id)?, members::people(c, &id)?.len()))
    };
    let (counts, people) = visit.db.read(load).await?;
    let form = Confirmation {
        csrf: access.user.csrf.clone(),
        project,
        environments: access.environments.clone(),
        keys: counts.into_iter().fold(KeyCounts::default(), |sum, (_, counts)| sum + counts),
        others: people.saturating_sub(1),
        typed,
        wrong: status != StatusCode::OK,
    };
    if visit.htmx.0 {
        html(status, &Dialog { form })
    } else {
        html(
            status,
            &Page {
                chrome: Chrome::of_project(
                    "Delete project",
                    Section::Settings,
                    access,
                    &visit.request,
                ),
                form,
            },
        )
    }
}
