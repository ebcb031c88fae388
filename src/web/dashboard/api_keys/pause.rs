//! Pause and Resume.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::delete_views::UseNow;
use super::forms::SeenForm;
use super::key_views::PausePage;
use super::views::Place;
use super::{Address, back_to_key, find_key, of_address, refused};
use crate::domain::api_keys::{self, LifeError};
use crate::domain::usage;
use crate::model::KeyState;
use crate::web::State;
use crate::web::dashboard::http::csrf::{CsrfForm, Empty};
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, KeyEditor};
use crate::web::dashboard::page::chrome::{Chrome, Section};

/// `GET …/api-keys/{key id}/pause`
pub(crate) async fn ask_pause(
    access: KeyEditor,
    path: Address,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (key, now) = (find_key(&access, &path, &state).await?, state.clock.now());
    match key.state(now) {
        KeyState::Active | KeyState::Rotated => {}
        KeyState::Paused => return Ok(see_other(&Place::of(&access).key(&key))),
        KeyState::Expired => return refused(LifeError::Expired, key, &access, &request),
        KeyState::Deleted => {
            let deleted = LifeError::Deleted(Box::new(key.clone()));
            return refused(deleted, key, &access, &request);
        }
    }
    let asked = key.clone();
    let in_use = state.db.read(move |c| usage::in_use(c, &asked, now)).await?;
    let in_use = UseNow::of(&key, in_use, now);
    let chrome = Chrome::of_environment("Pause key", Section::ApiKeys, &access, &request);
    html(StatusCode::OK, &PausePage { chrome, place: Place::of(&access), key, in_use })
}

/// `POST …/api-keys/{key id}/pause`
pub(crate) async fn pause(
    access: KeyEditor,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    match state.change(actor, move |c, act| api_keys::pause(c, act, &environment, &id)).await {
        Ok(key) => back_to_key(&key, " is paused.", &access, &state),
        Err(error) => refused(error, find_key(&access, &path, &state).await?, &access, &request),
    }
}

/// `POST …/api-keys/{key id}/resume`
pub(crate) async fn resume(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<SeenForm>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    match state
        .change(actor, move |c, act| api_keys::resume(c, act, &environment, &id, form.seen()))
        .await
    {
        Ok(key) => {
            back_to_key(&key, " is resumed. Calls with it are accepted again.", &access, &state)
        }
        Err(error) => refused(error, find_key(&access, &path, &state).await?, &access, &request),
    }
}
