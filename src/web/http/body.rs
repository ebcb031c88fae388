//! Reads a body, and limits its size and time.

use std::future::Future;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use futures_util::StreamExt;

use crate::web::http::connection::Patience;

/// The largest form, in bytes. The longest valid one has a description of 500 characters of four
/// bytes, percent-encoded, and is smaller than this.
pub(crate) const PAGE_LIMIT: Limit = Limit(16 * 1024);

/// The largest form with pasted keys, in bytes. A JWKS with certificates, percent-encoded, is
/// smaller than this.
pub(crate) const KEYS_LIMIT: Limit = Limit(128 * 1024);

/// The largest form with what was typed into another one whose session had ended
/// (`dashboard::http::kept`), in bytes. The text is in JSON and percent-encoded once more: a
/// control character, `%01`, becomes `%5Cu0001`, and nothing grows more than that.
pub(crate) const KEPT_LIMIT: Limit = Limit(3 * KEYS_LIMIT.0 + PAGE_LIMIT.0);

/// How long a body may take after its head. Most arrive together with it.
const TIME: Duration = Duration::from_secs(5);

/// The largest body, in bytes. As `app_data` of a route, it replaces [`PAGE_LIMIT`] for its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) usize);

/// Why a body could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BodyError {
    TooLarge,
    TooSlow,
    /// The connection ended, or its chunks are not valid.
    Broken,
}

/// Reads a body. actix's own readers allocate 8 KiB or more before anything has arrived, which adds
/// up with a thousand slow clients.
pub(crate) fn read(
    request: &HttpRequest,
    mut payload: Payload,
    Limit(limit): Limit,
) -> impl Future<Output = Result<Vec<u8>, BodyError>> + use<> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let patience = Patience::of(request);
    let all = async move {
        if length.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(part) = payload.next().await {
            let part = part.map_err(|_| BodyError::Broken)?;
            if body.len() + part.len() > limit {
                return Err(BodyError::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    };
    async move {
        tokio::time::timeout(TIME, all).await.unwrap_or_else(|_| {
            patience.inspect(|patience| patience.last_answer());
            Err(BodyError::TooSlow)
        })
    }
}
