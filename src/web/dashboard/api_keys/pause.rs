//! Pauses and resumes a key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::delete_views::UseNow;
use super::forms::SeenForm;
use super::key_views::{PausePage, ResumePage};
use super::views::EnvironmentPath;
use super::{Address, back_to_key, find_key, of_address, refused};
use crate::domain::api_keys::{self, LifeError};
use crate::domain::usage;
use crate::model::KeyState;
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};

/// `GET …/api-keys/{key id}/pause`
pub(crate) async fn ask_pause(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (key, now) = (find_key(&access, &path, &visit.state).await?, visit.clock.now());
    match key.state(now) {
        KeyState::Active | KeyState::Rotated => {}
        KeyState::Paused => return Ok(see_other(&EnvironmentPath::of(&access).key(&key))),
        KeyState::Expired => return refused(LifeError::Expired, key, &access, &visit.request),
        KeyState::Deleted => {
            let deleted = LifeError::Deleted(Box::new(key.clone()));
            return refused(deleted, key, &access, &visit.request);
        }
    }
    let asked = key.clone();
    let in_use = visit.db.read(move |c| usage::in_use(c, &asked, now)).await?;
    let in_use = UseNow::of(&key, in_use, now);
    let chrome = Chrome::of_environment("Pause key", Section::ApiKeys, &access, &visit.request);
    html(StatusCode::OK, &PausePage { chrome, place: EnvironmentPath::of(&access), key, in_use })
}

/// `POST …/api-keys/{key id}/pause`
pub(crate) async fn pause(
    access: KeyEditor,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    match visit.change(actor, move |c, act| api_keys::pause(c, act, &environment, &id)).await {
        Ok(key) => back_to_key(&key, " is paused.", &access, &visit),
        Err(error) => {
            refused(error, find_key(&access, &path, &visit.state).await?, &access, &visit.request)
        }
    }
}

/// `GET …/api-keys/{key id}/resume`
pub(crate) async fn ask_resume(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (key, now) = (find_key(&access, &path, &visit.state).await?, visit.clock.now());
    if key.state(now) != KeyState::Paused {
        return Ok(see_other(&EnvironmentPath::of(&access).key(&key)));
    }
    let chrome = Chrome::of_environment("Resume key", Section::ApiKeys, &access, &visit.request);
    html(StatusCode::OK, &ResumePage { chrome, place: EnvironmentPath::of(&access), key, now })
}

/// `POST …/api-keys/{key id}/resume`
pub(crate) async fn resume(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<SeenForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    match visit
        .change(actor, move |c, act| api_keys::resume(c, act, &environment, &id, form.seen()))
        .await
    {
        Ok(key) => {
            back_to_key(&key, " is resumed. Calls with it are accepted again.", &access, &visit)
        }
        Err(error) => {
            refused(error, find_key(&access, &path, &visit.state).await?, &access, &visit.request)
        }
    }
}
