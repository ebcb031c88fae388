//! Pause and Resume.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::Error;
use super::super::extract::KeyEditor;
use super::forms::SeenForm;
use super::{Address, back_to_key, find_key, of_address, refused};
use crate::domain::{api_keys, os_rng};
use crate::web::State;
use crate::web::csrf::{CsrfForm, Empty};

/// `POST …/api-keys/{key id}/pause`
pub(crate) async fn pause(
    access: KeyEditor,
    path: Address,
    CsrfForm(Empty {}): CsrfForm<Empty>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor, now) = (access.environment.clone(), access.actor(), state.clock.now());
    match state.db.write(move |c| api_keys::pause(c, &environment, &id, &actor, now, &mut os_rng())).await {
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
    let (environment, actor, now) = (access.environment.clone(), access.actor(), state.clock.now());
    match state.db.write(move |c| api_keys::resume(c, &environment, &id, form.seen(), &actor, now, &mut os_rng())).await {
        Ok(key) => back_to_key(&key, " is resumed. Calls with it are accepted again.", &access, &state),
        Err(error) => refused(error, find_key(&access, &path, &state).await?, &access, &request),
    }
}
