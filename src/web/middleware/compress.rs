//! Compresses pages with gzip, where that reveals nothing to an eavesdropper.
//!
//! Somebody who sees the lengths of compressed answers, and can make a browser load pages with
//! texts of their choice, can guess the rest of a page character by character, because a right
//! guess compresses better (BREACH). So a compressed page has no secret that is the same in two
//! answers. The token of forms is masked differently on each page (`dashboard::http::csrf`). What
//! is shown once, such as a key or recovery codes, is in the answer to a POST, which is not
//! compressed. Neither are pages that a link with a token leads to, or the page with the secret of
//! two-step sign-in.

use actix_web::body::{BodySize, EitherBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use flate2::Compression;

use crate::web::{assets, paths};

/// The smallest answer that is compressed, in bytes. A smaller one fits into one packet anyway.
const WORTH_IT: u64 = 1024;

pub(crate) async fn compress<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let may = holds_no_secret(&request);
    let gzip = assets::takes_gzip(request.request());
    let mut response = next.call(request).await?;
    if !may || !is_large_page(&response) {
        return Ok(response.map_into_left_body());
    }
    depends_on_encoding(response.headers_mut());
    if !gzip {
        return Ok(response.map_into_left_body());
    }
    let (request, response) = response.into_parts();
    let (response, page) = response.into_parts();
    let page = to_bytes(page).await.map_err(|error| ErrorInternalServerError(error.into()))?;
    let mut packed = response.set_body(assets::gzip(&page, Compression::default()));
    packed.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(ServiceResponse::new(request, packed.map_into_boxed_body().map_into_right_body()))
}

/// Whether the page has no secret that is the same in two answers. Only pages with a token in their
/// address and the page with the two-step secret have one.
fn holds_no_secret(request: &ServiceRequest) -> bool {
    let has_token = url::form_urlencoded::parse(request.query_string().as_bytes())
        .any(|(name, _)| name == "token");
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !has_token
        && request.path() != paths::TWO_STEP
}

fn is_large_page<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_page = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    is_page && matches!(response.response().body().size(), BodySize::Sized(n) if n >= WORTH_IT)
}

fn depends_on_encoding(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
}
