//! Logs one line for each request, with an id that error pages show, too.
//!
//! The line has the pattern of the route and not the address, because a path or a query may contain
//! what must not be in a log: a setup token, a key in the wrong place, or whatever a gateway
//! appends.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

use crate::web::api::addresses;
use crate::web::http::Caller;

/// Identifies a request in the log and on its error page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

/// It differs in every process, so that the ids of replicas don't collide.
static PROCESS: LazyLock<u32> = LazyLock::new(|| rand::Rng::next_u32(&mut crate::domain::os_rng()));
static REQUESTS: AtomicU64 = AtomicU64::new(0);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}-{:x}", *PROCESS, self.0)
    }
}

/// The method for the log. An unknown one may be as long as a head, so it is not repeated if it is
/// long.
fn known(method: &Method) -> &str {
    if method.as_str().len() <= 16 { method.as_str() } else { "-" }
}

pub(crate) async fn request_log(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let id = RequestId(REQUESTS.fetch_add(1, Ordering::Relaxed));
    request.extensions_mut().insert(id);
    let started = Instant::now();
    let method = request.method().clone();
    let verify = addresses::verify_pattern(request.path()).map(Cow::Borrowed);
    let client = Caller::of(request.request()).address();
    let result = next.call(request).await;
    let (status, route) = match &result {
        Ok(response) => (
            response.status(),
            verify.or_else(|| response.request().match_pattern().map(Cow::Owned)),
        ),
        Err(error) => (error.as_response_error().status_code(), verify),
    };
    tracing::info!(
        request_id = %id,
        method = known(&method),
        route = route.as_deref().unwrap_or("-"),
        status = status.as_u16(),
        client = client.map(tracing::field::display),
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    result
}
