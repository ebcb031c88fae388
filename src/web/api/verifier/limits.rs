//! Rate limits, as callers see them: 429 with `Retry-After`, and `X-RateLimit-*` with what is left.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, web};

use crate::domain::limits::Allowance;
use crate::web::State;
use crate::web::api::Error;
use crate::web::http::Caller;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// Adds the headers that say how many calls a limited key has left.
pub(crate) fn announce(headers: &mut HeaderMap, allowance: Option<Allowance>) {
    if let Some(Allowance { limit, remaining }) = allowance {
        headers.insert(LIMIT, HeaderValue::from(limit));
        headers.insert(REMAINING, HeaderValue::from(remaining));
    }
}

/// Counts a report of a leaked key for its address, whatever it says.
pub(crate) fn take_report(state: &State, caller: Caller) -> Result<(), Error> {
    let counted = state.limits.report(caller.counted_as());
    counted.map_err(|too_many| Error::reporting(too_many.retry_after))
}

/// Counts a wrong key for its address. If there were too many, the answer becomes 429. Good keys
/// are never refused for their address, because behind a gateway all callers have the same one.
pub(crate) fn slow_down(request: &HttpRequest, error: Error) -> Error {
    let Some(state) = request.app_data::<web::Data<State>>().filter(|_| error.is_guess()) else {
        return error;
    };
    state
        .limits
        .guess(Caller::of(request).counted_as())
        .map_or_else(|too_many| Error::guessing(too_many.retry_after), |()| error)
}
