//! The user whose access token comes with a publishable key.

use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::super::Error;
use crate::domain::access_tokens::{Source, Token};
use crate::domain::policies::Current;
use crate::web::State;

/// The user whose token came with the request, if the environment checks tokens and there is one. A
/// bad token is refused, and its caller never becomes a guest.
pub(super) async fn user(
    request: &HttpRequest,
    current: &Current,
    state: &State,
    deadline: Instant,
) -> Result<Option<String>, Error> {
    let Some(settings) = &current.policy.tokens else { return Ok(None) };
    let Some(text) = bearer(request)? else { return Ok(None) };
    let token = Token::parse(text)?;
    let checked = match &settings.source {
        Source::Pasted(_) => {
            let keys = current.keys.as_ref().ok_or_else(Error::unavailable)?;
            token.check(settings, keys, state.clock.now())
        }
        Source::Url(url) => state
            .issuer_keys
            .check(url, &token, settings, deadline)
            .await
            .ok_or_else(Error::no_issuer_keys)?,
    };
    Ok(Some(checked?))
}

/// The token in `Authorization: Bearer` (RFC 6750, 2.1).
fn bearer(request: &HttpRequest) -> Result<Option<&str>, Error> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let value = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    if values.next().is_some() {
        return Err(Error::invalid("There are two Authorization headers. Send one."));
    }
    if value.is_empty() {
        return Ok(None);
    }
    let value = std::str::from_utf8(value).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim_ascii();
    if !scheme.eq_ignore_ascii_case("Bearer") || token.is_empty() {
        return Err(Error::invalid(
            "Send the access token as Authorization: Bearer and the token.",
        ));
    }
    Ok(Some(token))
}
