//! From a request to the identity of its key: what both endpoints do.

use std::rc::Rc;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};

use super::super::{Batcher, Error};
use crate::domain::api_keys::{Digest, Identity, Malformed, decide};
use crate::web::State;

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who the key in `X-API-Key` speaks for.
pub(crate) async fn identify(request: &HttpRequest) -> Result<Identity, Error> {
    let state = request.app_data::<web::Data<State>>().ok_or_else(Error::unavailable)?;
    let (digest, malformed) = presented(request, state.any_imported())?;
    let batcher = request.app_data::<Rc<Batcher>>().ok_or_else(Error::unavailable)?;
    let found = batcher.find(digest).await.map_err(|_| Error::unavailable())?;
    match (found, malformed) {
        (None, Some(malformed)) => Err(malformed.into()),
        (found, _) => Ok(decide(found, state.clock.now())?),
    }
}

/// The key is read from this header only: a query or a path would end in logs. Once keys of another system were
/// imported, what is not shaped like ours may be one of theirs; if not, the caller is told what is wrong with it.
fn presented(request: &HttpRequest, any_imported: bool) -> Result<(Digest, Option<Malformed>), Error> {
    let mut values = request.headers().get_all(&X_API_KEY);
    let value = values.next().map(|value| value.as_bytes().trim_ascii()).unwrap_or_default();
    if values.next().is_some() {
        return Err(Error::invalid("There are two X-API-Key headers. Send one."));
    }
    if value.is_empty() {
        return Err(Error::missing());
    }
    let imported = |malformed| Digest::of_imported(value).filter(|_| any_imported).map(|digest| (digest, Some(malformed))).ok_or(malformed);
    Ok(Digest::of_presented(value).map(|digest| (digest, None)).or_else(imported)?)
}
