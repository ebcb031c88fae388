//! Rotates a key, and ends the overlap.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::forms::{RotateForm, SeenForm};
use super::key_views::{EndOverlapPage, RefusedPage, RotatePage};
use super::reveal_views::{Reveal, RevealPage};
use super::value_views::Values;
use super::views::EnvironmentPath;
use super::{Address, back_to_key, find_key, of_address, refused};
use crate::domain::api_keys::{self, ApiKey, Created, FormToken, RotateError, Rotation};
use crate::domain::os_rng;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::htmx::{html, see_other};
use crate::web::dashboard::http::{Error, KeyEditor, Visit};
use crate::web::dashboard::page::chrome::{Chrome, Section};
use crate::web::dashboard::page::views::Time;

/// `GET …/api-keys/{key id}/rotate`
pub(crate) async fn ask_rotate(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let key = find_key(&access, &path, &visit.state).await?;
    if let Err(error) = api_keys::may_rotate(&key, visit.clock.now()) {
        return not_rotated(error, key, &access, &visit.request);
    }
    let id = key.id.clone();
    let rotations = visit.db.read(move |c| api_keys::rotations(c, &id)).await?;
    let chrome = Chrome::of_environment("Rotate key", Section::ApiKeys, &access, &visit.request);
    html(
        StatusCode::OK,
        &RotatePage {
            chrome,
            place: EnvironmentPath::of(&access),
            key,
            token: FormToken::new(&mut os_rng()),
            rotations,
        },
    )
}

/// `POST …/api-keys/{key id}/rotate`
pub(crate) async fn rotate(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<RotateForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let rotation = Rotation {
        form_token: form.token()?,
        overlap: form.overlap()?,
        rotations: form.rotations()?,
    };
    let (environment, actor) = (access.environment.clone(), access.actor());
    match visit
        .change(actor, move |c, act| api_keys::rotate(c, act, &environment, &id, &rotation))
        .await
    {
        Ok((Created { key, secret }, former)) => {
            let place = EnvironmentPath::of(&access);
            let chrome =
                Chrome::of_environment("New value", Section::ApiKeys, &access, &visit.request);
            let former = Some((former, key.overlap_until.map(Time::moment)));
            let back = place.key(&key);
            let address = Reveal::address(&place, &visit);
            let reveal = Reveal { key, secret, address, former };
            html(StatusCode::OK, &RevealPage { chrome, place, reveal, back })
        }
        Err(error) => not_rotated(
            error,
            find_key(&access, &path, &visit.state).await?,
            &access,
            &visit.request,
        ),
    }
}

/// `GET …/api-keys/{key id}/end-overlap`
pub(crate) async fn ask_end_overlap(
    access: KeyEditor,
    path: Address,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let (key, now) = (find_key(&access, &path, &visit.state).await?, visit.clock.now());
    let asked = key.clone();
    let Some(rotating) = visit.db.read(move |c| api_keys::rotating(c, &asked, now)).await? else {
        return Ok(see_other(&EnvironmentPath::of(&access).key(&key)));
    };
    let values = Values::of(rotating, &key, now);
    let chrome = Chrome::of_environment("End overlap", Section::ApiKeys, &access, &visit.request);
    html(
        StatusCode::OK,
        &EndOverlapPage { chrome, place: EnvironmentPath::of(&access), key, values },
    )
}

/// `POST …/api-keys/{key id}/end-overlap`
pub(crate) async fn end_overlap(
    access: KeyEditor,
    path: Address,
    CsrfForm(form): CsrfForm<SeenForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let id = of_address(&path)?;
    let (environment, actor) = (access.environment.clone(), access.actor());
    match visit
        .change(actor, move |c, act| api_keys::end_overlap(c, act, &environment, &id, form.seen()))
        .await
    {
        Ok((key, true)) => back_to_key(
            &key,
            ": the overlap has ended. Calls with the old value are refused.",
            &access,
            &visit,
        ),
        Ok((key, false)) => back_to_key(&key, ": the overlap was over already.", &access, &visit),
        Err(error) => {
            refused(error, find_key(&access, &path, &visit.state).await?, &access, &visit.request)
        }
    }
}

fn not_rotated(
    error: RotateError,
    key: ApiKey,
    access: &KeyEditor,
    request: &HttpRequest,
) -> Result<HttpResponse, Error> {
    let (title, text) = match error {
        RotateError::Life(error) => return refused(error, key, access, request),
        RotateError::ForeignToken => return Err(Error::CrossSite),
        RotateError::Paused => (
            "This key is paused",
            "Nobody could use its new value. Resume the key first, then rotate it.",
        ),
        RotateError::Overlapping => (
            "The last rotation is not over",
            "The old value still works, and a key has two values at most. End the overlap on the key's page first, then rotate again.",
        ),
        RotateError::Changed => (
            "Somebody rotated this key meanwhile",
            "Nothing was changed by you: its value is already another one than you saw.",
        ),
        RotateError::TokenUsed(_) => (
            "The key was rotated, but its new value can't be shown again",
            "If you didn't copy it, rotate the key once more; during an overlap, end that first.",
        ),
    };
    let chrome = Chrome::of_environment("Rotate key", Section::ApiKeys, access, request);
    let page = RefusedPage {
        chrome,
        place: EnvironmentPath::of(access),
        key,
        title: title.to_owned(),
        text: text.to_owned(),
    };
    html(StatusCode::CONFLICT, &page)
}
