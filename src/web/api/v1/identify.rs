//! From a request to the identity of its key: what both endpoints do.

use std::rc::Rc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::super::{Batcher, Error, limits};
use crate::domain::api_keys::{Digest, Identity, decide};
use crate::domain::limits::{Allowance, RateLimit};
use crate::domain::usage::Known;
use crate::web::usage;

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who the key in `X-API-Key` speaks for, and what it may still do, if it is limited.
pub(crate) async fn identify(request: &HttpRequest) -> Result<(Identity, Option<Allowance>), Error> {
    look_up(request).await.map_err(|error| limits::slow_down(request, error))
}

async fn look_up(request: &HttpRequest) -> Result<(Identity, Option<Allowance>), Error> {
    let digest = presented(request)?;
    let batcher = request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
    let found = batcher.find(digest).await.map_err(|_| Error::unavailable())?;
    let known = found.as_ref().and_then(Known::of);
    let limit = found.as_ref().and_then(|key| RateLimit::stored(key.rate_limit, key.rate_burst));
    let decided = decide(found).map_err(Error::from);
    let decided = decided.and_then(|identity| Ok((identity, limits::take(request, known, limit)?)));
    usage::note(request, known, decided.is_ok());
    decided
}

/// The key is read from this header only: a query or a path would end in logs.
fn presented(request: &HttpRequest) -> Result<Digest, Error> {
    let mut values = request.headers().get_all(&X_API_KEY);
    let value = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    if values.next().is_some() {
        return Err(Error::invalid("There are two X-API-Key headers. Send one."));
    }
    if value.is_empty() {
        return Err(Error::missing());
    }
    Ok(Digest::of_presented(value)?)
}
