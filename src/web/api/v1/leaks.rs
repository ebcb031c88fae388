//! `POST /v1/leaks`: somebody found a key where it should not be. The answer comes only after the
//! leak is written to the database, because nobody sends an accepted report again. Every text gets
//! the same answer. Only a key that works causes a write, and somebody who has a key but does not
//! know where it is good can't ask the verifier whether it works. So that the time of the answer
//! does not show it either, every answer waits as long as a write would take. Mail is sent after
//! the answer.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::db;
use crate::domain::Actor;
use crate::domain::api_keys::{self, Digest, Leak};
use crate::web::State;
use crate::web::api::Error;
use crate::web::api::verifier::limits;
use crate::web::http::Caller;
use crate::web::http::body::{self, BodyError, Limit};
use crate::web::mail::notices;

/// The largest report in bytes. A key has at most 256.
const LIMIT: Limit = Limit(4096);
/// How long after its last byte a report is answered. A write takes less, unless the disk is very
/// slow or other writes are waiting. In that case the time may show that there was a write.
const PATIENCE: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    key: Zeroizing<String>,
}

pub(crate) async fn report(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Error> {
    let caller = Caller::of(&request);
    limits::take_report(&state, caller)?;
    let digest = read(&request, payload).await?;
    // The time starts here and not with the first byte of the request. Otherwise a client that
    // sends the rest slowly could see how long the write takes.
    let answered = Instant::now() + PATIENCE;
    let marked = mark(&state, digest, caller.address()).await;
    tokio::time::sleep_until(answered.into()).await;
    for leak in marked? {
        tracing::warn!(key = %leak.key.id, paused = leak.paused, "a key was reported leaked");
        let state = state.clone();
        actix_web::rt::spawn(async move { notices::tell_leak(&state, &leak).await });
    }
    Ok(HttpResponse::Accepted().finish())
}

async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Digest, Error> {
    let body =
        body::read(request, payload.into_inner(), LIMIT).await.map_err(|error| match error {
            BodyError::TooLarge => Error::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            BodyError::TooSlow => Error::of_status(StatusCode::REQUEST_TIMEOUT),
            BodyError::Broken => Error::not_a_report(),
        })?;
    // serde would also accept an array of the fields.
    let object = body.trim_ascii_start().starts_with(b"{");
    let report: Report =
        serde_json::from_slice(&body).ok().filter(|_| object).ok_or_else(Error::not_a_report)?;
    Ok(Digest::of_found(&report.key))
}

/// Marks the key as leaked, if it is not marked yet and still works.
async fn mark(state: &State, digest: Digest, address: Option<IpAddr>) -> db::Result<Vec<Leak>> {
    let now = state.clock.now();
    if !state.db.read(move |c| api_keys::is_leak_news(c, &digest, now)).await? {
        return Ok(Vec::new());
    }
    let stranger = Actor::Stranger { address };
    state.change(stranger, move |c, act| api_keys::report_leak(c, act, &digest)).await
}
