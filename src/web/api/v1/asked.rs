//! The environment that a gateway asks for, in the two segments of the address as they were sent.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::uri::PathAndQuery;

use super::super::Error;
use crate::model::AskedFor;
use crate::web::http::Caller;

/// With this header, a gateway says that it appends the original path, and which part of the
/// address is its own.
const ORIGINAL_FROM: &str = "x-original-from";

/// What a request asks for.
pub(super) struct Asked<'a> {
    /// The environment. `None` if one of the two segments can't be a project or an environment.
    pub(super) target: Option<Arc<AskedFor>>,
    /// The two segments as they were written, without what follows them.
    pub(super) text: &'a str,
    /// The original path with its query, if the gateway appends it.
    pub(super) original_path: Option<&'a str>,
}

/// Parses what `{endpoint}/{project}/{environment}` asks for. Nothing in the path is decoded,
/// because neither a project nor an environment has characters that would be encoded.
///
/// `X-Original-From` is believed only from trusted peers, and only if the address begins with
/// exactly its value. Otherwise, behind a gateway whose own part has no environment, a client's
/// path could choose one.
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
            // The query belongs to it, because some APIs read a method from there.
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

/// The value of the header, which may come only once.
fn original_from(headers: &HeaderMap) -> Option<Result<&str, Error>> {
    let mut values = headers.get_all(ORIGINAL_FROM);
    let value = values.next()?.to_str().map_err(|_| Error::wrong_original_from());
    Some(if values.next().is_some() { Err(Error::wrong_original_from()) } else { value })
}
