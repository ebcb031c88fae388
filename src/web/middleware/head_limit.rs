//! Limits the size of a request's head. actix accepts 128 KiB, which is much memory for a stranger.
//! Larger heads, and heads with more than 96 lines, are refused by its parser with a bare 431 or
//! 400.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::web::dashboard::http::Error;
use crate::web::http::connection::Patience;

/// The largest request line and headers, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

pub(crate) async fn head_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if let Some(patience) = Patience::of(request.request()) {
        patience.head_arrived();
    }
    let method = request.method().as_str().len();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if method + target + headers > HEAD_LIMIT {
        return Ok(request.error_response(Error::HeadTooLarge).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}
