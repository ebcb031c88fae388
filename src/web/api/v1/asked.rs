//! For which environment a gateway asks: the two segments of the address, as they were sent.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::uri::PathAndQuery;

use super::super::Error;
use crate::model::AskedFor;
use crate::web::http::Caller;

/// A gateway that appends the original path says so, and what its own part of the address is.
const ORIGINAL_FROM: &str = "x-original-from";

/// What the address asks for.
pub(super) struct Asked<'a> {
    /// The environment. `None`: two segments that can be no project or environment.
    pub(super) target: Option<Arc<AskedFor>>,
    /// As it was written, without what follows.
    pub(super) text: &'a str,
    /// The original path with its query, of a gateway that appends it.
    pub(super) original_path: Option<&'a str>,
}

/// What `{endpoint}/{project}/{environment}` asks for. The path is taken as it was sent: nothing in
/// it is decoded, because nothing that needs decoding can be a project or an environment.
///
/// `X-Original-From` is believed from trusted peers only, and only where the address begins with
/// exactly what it says: otherwise a client's path could choose the environment behind a gateway
/// whose own part lacks it.
pub(super) fn asked<'a>(request: &'a HttpRequest, endpoint: &str) -> Result<Asked<'a>, Error> {
    let trusted = Caller::of(request).may_tell_original();
    let address = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let rest = address.strip_prefix(endpoint).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.ok_or_else(|| Error::not_bound(endpoint))?;
    let from = original_from(request.headers());
    let is_ignored = from.is_some() && !trusted;
    let (text, original_path) = match from.filter(|_| trusted) {
        None => (rest.split_once('?').map_or(rest, |(path, _)| path), None),
        Some(from) => {
            let own = from?.strip_prefix(endpoint).and_then(|own| own.strip_prefix('/'));
            let own = own
                .filter(|own| own.split('/').count() == 2)
                .ok_or_else(Error::wrong_original_from)?;
            // With its query: some APIs take a method from there.
            let original = rest.strip_prefix(own).filter(|original| original.starts_with('/'));
            let original = original.ok_or_else(Error::wrong_original_from)?;
            (rest.get(..own.len()).unwrap_or_default(), Some(original))
        }
    };
    let (project, environment) = text.split_once('/').ok_or_else(|| Error::not_bound(endpoint))?;
    if environment.contains('/') {
        let ignored = is_ignored.then(|| Error::untrusted_original_from(endpoint));
        return Err(ignored.unwrap_or_else(|| Error::not_bound(endpoint)));
    }
    let target = AskedFor::parse(project, environment).map(Arc::new);
    Ok(Asked { target, text, original_path })
}

/// What the header says, which may come once.
fn original_from(headers: &HeaderMap) -> Option<Result<&str, Error>> {
    let mut values = headers.get_all(ORIGINAL_FROM);
    let value = values.next()?.to_str().map_err(|_| Error::wrong_original_from());
    Some(if values.next().is_some() { Err(Error::wrong_original_from()) } else { value })
}
