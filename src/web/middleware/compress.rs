//! Packs pages with gzip, where that tells a listener nothing.
//!
//! Who sees how long packed answers are, and can have a browser ask for pages with texts of their
//! choice in them, guesses what else stands there a character at a time (BREACH): a right guess packs
//! better. So what is packed holds no secret that is the same in two answers. The token of forms is
//! masked anew for each page (`dashboard::http::csrf`). What is shown once, like a key or recovery
//! codes, answers a POST, and those are not packed; nor are pages that a link with a token leads to,
//! or the one with the secret of two-step sign-in.

use actix_web::body::{BodySize, EitherBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use flate2::Compression;

use crate::web::{assets, paths};

/// What fits into one packet gains nothing.
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

/// What is the same in two answers, and not for everybody's eyes, stands only in pages that a token
/// in the address or the two-step secret is shown on.
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
