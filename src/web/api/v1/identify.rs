//! From a request to the identity of its key: what both endpoints do.

use std::rc::Rc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::super::{Batcher, Error};
use crate::domain::api_keys::{Digest, Identity, decide};

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who the key in `X-API-Key` speaks for.
pub(crate) async fn identify(request: &HttpRequest) -> Result<Identity, Error> {
    let digest = presented(request)?;
    let batcher = request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
    let found = batcher.find(digest).await.map_err(|_| Error::unavailable())?;
    Ok(decide(found)?)
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
