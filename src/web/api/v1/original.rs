//! The original request, as the gateway tells it: its method and URI in `X-Original-*` (nginx,
//! HAProxy), in `X-Forwarded-*` (Caddy, Traefik), or in the request itself below `/v1/verify`
//! (Envoy, which says so with `X-Original-From: path`). Believed from trusted peers only.
//!
//! A gateway sets one of them and may pass on what its client wrote into the others. So whatever is
//! there is judged, and all of it must be allowed: a forged one can only make a call fail.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::config::TrustedProxy;
use crate::domain::access_rules::{BasePath, Target};
use crate::domain::verification::Refusal;
use crate::web::client;

/// What the call does, as each of the three ways tells it.
pub(super) fn targets(
    request: &HttpRequest,
    path: Option<&str>,
    trusted: &[TrustedProxy],
    base: &BasePath,
) -> Result<[Option<Target>; 3], Refusal> {
    if !client::is_from_proxy(request, trusted) {
        return Ok([None, None, None]);
    }
    let headers = request.headers();
    let told = |method, uri| match (one(headers, method)?, one(headers, uri)?) {
        (None, None) => Ok(None),
        (Some(method), Some(uri)) => Ok(Target::of(method, uri, base)?),
        (Some(_), None) | (None, Some(_)) => Err(Refusal::Half),
    };
    Ok([
        told("x-original-method", "x-original-uri")?,
        told("x-forwarded-method", "x-forwarded-uri")?,
        in_path(request, path, base)?,
    ])
}

fn in_path(
    request: &HttpRequest,
    path: Option<&str>,
    base: &BasePath,
) -> Result<Option<Target>, Refusal> {
    match path {
        None => Ok(None),
        Some(path) => Ok(Target::of(request.method().as_str().as_bytes(), path.as_bytes(), base)?),
    }
}

/// The value of a header that may come once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut values = headers.get_all(name);
    let value = values.next().map(|value| value.as_bytes());
    if values.next().is_some() { Err(Refusal::Half) } else { Ok(value) }
}
