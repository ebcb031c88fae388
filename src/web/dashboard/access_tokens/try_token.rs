//! Tries a token, and shows the verdict on it. The token is not stored, logged or sent back.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::index::{current, page};
use super::views::Verdict;
use crate::domain::access_tokens::{ReadableToken, Source, Token};
use crate::domain::key_shape::mask_in;
use crate::domain::policies::Current;
use crate::web::State;
use crate::web::dashboard::http::csrf::CsrfForm;
use crate::web::dashboard::http::{EnvironmentAccess, Error, Visit};

/// How long to wait for an issuer. A page may wait longer than a verification.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenForm {
    token: Zeroizing<String>,
}

/// `POST …/access-tokens/try`
pub(crate) async fn try_token(
    access: EnvironmentAccess,
    CsrfForm(form): CsrfForm<TokenForm>,
    visit: Visit,
) -> Result<HttpResponse, Error> {
    let current = current(&access, &visit.state).await?;
    let text = form.token.trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    let (good, words) = match judge(text, &access, &current, &visit.state).await {
        Ok(user) => (true, format!("This token is good. Calls with it are {user}, group user.")),
        Err(words) => (false, words),
    };
    // A key has no parts separated by dots, but it must not be shown in any case.
    let seen = if mask_in(text).is_some() { None } else { ReadableToken::in_token(text) };
    page(StatusCode::OK, &access, &current, None, Some(Verdict::new(good, words, seen)), &visit)
}

/// The user of the token, or why it is refused.
async fn judge(
    text: &str,
    access: &EnvironmentAccess,
    current: &Current,
    state: &State,
) -> Result<String, String> {
    if text.is_empty() {
        return Err("Paste a token first.".to_owned());
    }
    if mask_in(text).is_some() {
        return Err("This is an API key, not an access token.".to_owned());
    }
    let Some(settings) = &current.policy.tokens else {
        return Err(format!(
            "Access tokens are not set up in {}: whoever sends one is a guest.",
            access.environment.name
        ));
    };
    let token = Token::parse(text).map_err(|e| e.to_string())?;
    let checked = match &settings.source {
        Source::Pasted(_) => {
            let now = state.clock.now();
            current.keys.as_ref().map(|keys| token.check(settings, keys, now))
        }
        Source::Url(url) => {
            state.issuer_keys.check(url, &token, settings, Instant::now() + PATIENCE).await
        }
    };
    checked
        .ok_or("The issuer's keys can't be fetched right now, so nothing can be said.")?
        .map_err(|e| e.to_string())
}
