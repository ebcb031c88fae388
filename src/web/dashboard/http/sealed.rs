//! Sealed cookies: their content is encrypted and signed, so that only this server can read and
//! make them.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, time::Duration};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::web::State;

/// A cookie with this content, which is kept for `max_age`.
pub(crate) fn seal(
    name: &str,
    content: &impl Serialize,
    max_age: Duration,
    state: &State,
) -> Cookie<'static> {
    let json = serde_json::to_string(content).unwrap_or_default();
    let mut jar = CookieJar::new();
    let mut cookie = state.cookie(name, json);
    cookie.set_max_age(max_age);
    jar.private_mut(&state.cookie_key).add(cookie);
    jar.get(&state.cookie_name(name)).cloned().unwrap_or_else(|| taken(name, state))
}

/// The content of the request's cookie, if there is one and this server made it.
pub(crate) fn open<T: DeserializeOwned>(
    name: &str,
    request: &HttpRequest,
    state: &State,
) -> Option<T> {
    let cookie = request.cookie(&state.cookie_name(name))?;
    let opened = CookieJar::new().private(&state.cookie_key).decrypt(cookie)?;
    serde_json::from_str(opened.value()).ok()
}

/// A cookie that makes the browser remove it.
pub(crate) fn taken(name: &str, state: &State) -> Cookie<'static> {
    let mut cookie = state.cookie(name, String::new());
    cookie.make_removal();
    cookie
}
