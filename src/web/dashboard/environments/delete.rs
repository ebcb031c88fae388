//! Deletes an environment, after a confirmation.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::views::{Confirmation, DeleteDialog, DeletePage, Notice, NoticeDialog, NoticePage};
use crate::db::DbConnection;
use crate::domain::environments::{self, DeleteError, Deletion, Environment};
use crate::domain::{projects, users};
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::html;
use crate::web::dashboard::http::{Error, ProjectAccess, ProjectAdmin, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::{Piece, ago};
use crate::web::{State, paths};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteForm {
    confirm: String,
}

/// `GET /projects/{project}/environments/{id}/delete`
pub(crate) async fn confirm(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (environment, by) = find(&access, &path.1, &visit.state).await?;
    if environment.deleted_at.is_some() {
        return gone(environment, by, &access, &visit);
    }
    if access.environments.len() == 1 {
        return last(&environment, &access, &visit);
    }
    form(StatusCode::OK, environment, String::new(), &access, &visit).await
}

/// `POST /projects/{project}/environments/{id}/delete`
pub(crate) async fn delete(
    access: ProjectAdmin,
    path: web::Path<(String, String)>,
    CsrfForm(typed): CsrfForm<DeleteForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = environments::Id::parse(&path.1).ok_or(Error::NotFound)?;
    let (project, actor) = (access.project.id.clone(), access.user.actor());
    let confirm = typed.confirm.clone();
    match visit
        .change_long(actor, move |c, act| environments::delete(c, act, &project, &id, &confirm))
        .await
    {
        Ok(Deletion::Deleted { environment, keys }) => {
            let text = if keys.total() == 0 {
                " is deleted.".to_owned()
            } else {
                format!(" is deleted. {} with it; calls with them are refused.", keys.ended())
            };
            let location = visit.go_on(&paths::environments(&access.project.slug));
            Flash { subject: environment.name, text }.send(location, &visit)
        }
        Ok(Deletion::Already { environment, by }) => gone(environment, by, &access, &visit),
        Err(DeleteError::NotConfirmed(environment)) => {
            form(StatusCode::UNPROCESSABLE_ENTITY, *environment, typed.confirm, &access, &visit)
                .await
        }
        Err(DeleteError::Last(environment)) => last(&environment, &access, &visit),
        Err(DeleteError::NotFound) => Err(Error::NotFound),
        Err(DeleteError::Refused(refused)) => Err(refused.into()),
        Err(DeleteError::Db(error)) => Err(error.into()),
    }
}

/// The environment in the address, and the name of whoever deleted it.
pub(super) async fn find(
    access: &ProjectAccess,
    id: &str,
    state: &State,
) -> Result<(Environment, Option<String>), Error> {
    let id = environments::Id::parse(id).ok_or(Error::NotFound)?;
    let project = access.project.id.clone();
    let find = move |c: &mut DbConnection| -> Result<_, Error> {
        let environment = environments::find(c, &project, &id)?.ok_or(Error::NotFound)?;
        let by = users::name_of(c, environment.deleted_by.as_ref())?;
        Ok((environment, by))
    };
    state.db.read(find).await
}

async fn form(
    status: StatusCode,
    environment: Environment,
    typed: String,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let id = access.project.id.clone();
    let counts = visit.db.read(move |c| projects::key_counts(c, &id)).await?;
    let keys = counts
        .into_iter()
        .find_map(|(id, counts)| (id == environment.id).then_some(counts))
        .unwrap_or_default();
    let form = Confirmation {
        project: access.project.clone(),
        csrf: access.user.csrf.clone(),
        environment,
        keys,
        typed,
        wrong: status != StatusCode::OK,
    };
    if visit.htmx.0 {
        html(status, &DeleteDialog { form })
    } else {
        html(status, &DeletePage { chrome: chrome(access, &visit.request), form })
    }
}

fn chrome(access: &ProjectAccess, request: &HttpRequest) -> Chrome {
    Chrome::of_project("Delete environment", Section::Environments, access, request)
}

/// The answer if somebody else was first.
pub(super) fn gone(
    environment: Environment,
    by: Option<String>,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let who = match (&environment.deleted_by, by) {
        (Some(id), _) if *id == access.user.user.id => "You".to_owned(),
        (_, Some(name)) => name,
        (_, None) => "The command line".to_owned(),
    };
    let now = visit.clock.now();
    let ago = ago(environment.deleted_at.unwrap_or(now), now);
    let notice = Notice {
        title: vec![Piece::name(who), Piece::words(format!(" deleted {} {ago}", environment.name))],
        text: "Calls with its keys are refused. There is nothing left to do here.",
        back: paths::environments(&access.project.slug),
    };
    answer(StatusCode::OK, notice, access, visit)
}

fn last(
    environment: &Environment,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let notice = Notice {
        title: vec![Piece::words(format!("{} is the last environment", environment.name))],
        text: "A project keeps at least one. Add another one first, or delete the whole project in its settings.",
        back: paths::environments(&access.project.slug),
    };
    answer(StatusCode::CONFLICT, notice, access, visit)
}

fn answer(
    status: StatusCode,
    notice: Notice,
    access: &ProjectAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    if visit.htmx.0 {
        html(status, &NoticeDialog { notice })
    } else {
        html(status, &NoticePage { chrome: chrome(access, &visit.request), notice })
    }
}
