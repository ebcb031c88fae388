//! Deletes a key, after a confirmation.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};

use super::delete_views::{
    DeleteConfirmation, DeleteDialog, DeletePage, DeletedPartial, Gone, GonePage, GonePartial,
    UseNow,
};
use super::forms::DeleteForm;
use super::views::EnvironmentPath;
use super::{Address, of_address};
use crate::db::DbConnection;
use crate::domain::api_keys::{self, ApiKey, Deletion};
use crate::domain::key_shape::mask_in;
use crate::domain::text::looks_like;
use crate::domain::{usage, users};
use crate::web::State;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::{html, see_other, then};
use crate::web::dashboard::http::{EnvironmentAccess, Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};

/// `GET …/api-keys/{key id}/delete`
pub(crate) async fn confirm(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (key, by) = find(&access, &path, &visit.state).await?;
    if key.deleted_at.is_some() {
        return gone(key, by, &access, &visit);
    }
    form(StatusCode::OK, key, String::new(), &access, &visit).await
}

/// `POST …/api-keys/{key id}/delete`
pub(crate) async fn delete(
    access: KeyEditor,
    path: Address,
    CsrfForm(typed): CsrfForm<DeleteForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (key, _) = find(&access, &path, &visit.state).await?;
    if key.deleted_at.is_none() && !looks_like(&typed.confirm, &key.name) {
        let typed = if mask_in(&typed.confirm).is_some() { String::new() } else { typed.confirm };
        return form(StatusCode::UNPROCESSABLE_ENTITY, key, typed, &access, &visit).await;
    }
    let (environment, actor) = (access.environment.clone(), access.actor());
    match visit.change(actor, move |c, act| api_keys::delete(c, act, &environment, key)).await? {
        Deletion::Deleted(key) => deleted(key, &access, &visit),
        Deletion::Already { key, by } => gone(key, by, &access, &visit),
    }
}

/// The key in the address, and the name of whoever deleted it.
async fn find(
    access: &EnvironmentAccess,
    path: &Address,
    state: &State,
) -> Result<(ApiKey, Option<String>), Error> {
    let (id, environment) = (of_address(path)?, access.environment.id.clone());
    let find = move |c: &mut DbConnection| -> Result<_, Error> {
        let key = api_keys::find(c, &environment, &id)?.ok_or(Error::NotFound)?;
        let by = users::name_of(c, key.deleted_by.as_ref())?;
        Ok((key, by))
    };
    state.db.read(find).await
}

async fn form(
    status: StatusCode,
    key: ApiKey,
    typed: String,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let (place, protected, csrf) = (
        EnvironmentPath::of(access),
        access.environment.protected,
        access.project.user.csrf.clone(),
    );
    let (wrong, now) = (status != StatusCode::OK, visit.clock.now());
    let load =
        move |c: &mut DbConnection| -> Result<_, Error> { Ok((usage::in_use(c, &key, now)?, key)) };
    let (in_use, key) = visit.db.read(load).await?;
    let in_use = UseNow::of(&key, in_use, now);
    let form = DeleteConfirmation { csrf, key, protected, typed, wrong, in_use };
    if visit.htmx.0 {
        html(status, &DeleteDialog { place, form })
    } else {
        let chrome = Chrome::of_environment("Delete key", Section::ApiKeys, access, &visit.request);
        html(status, &DeletePage { chrome, place, form })
    }
}

fn deleted(key: ApiKey, access: &EnvironmentAccess, visit: &Visit) -> Result<HttpResponse, Error> {
    if visit.htmx.0 {
        return Ok(then(
            html(StatusCode::OK, &DeletedPartial { key })?,
            "closeDialogs, keysChanged",
        ));
    }
    let flash =
        Flash { subject: key.name, text: " is deleted. Calls with it are refused.".to_owned() };
    flash.send(see_other(&EnvironmentPath::of(access).list()), visit)
}

/// The answer if somebody else was first.
pub(crate) fn gone(
    key: ApiKey,
    by: Option<String>,
    access: &EnvironmentAccess,
    visit: &Visit,
) -> Result<HttpResponse, Error> {
    let gone = Gone::new(key, by, access, visit.clock.now());
    if visit.htmx.0 {
        Ok(then(
            html(
                StatusCode::OK,
                &GonePartial { gone, from_dialog: visit.request.method() == Method::POST },
            )?,
            "keysChanged",
        ))
    } else {
        let chrome =
            Chrome::of_environment("Deleted key", Section::ApiKeys, access, &visit.request);
        html(StatusCode::OK, &GonePage { chrome, place: EnvironmentPath::of(access), gone })
    }
}
