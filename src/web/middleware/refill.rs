//! Shows the page of a form with what was typed into it before somebody had to sign in again. That
//! is a POST to the address of the page, because what was typed must not be in an address. It is
//! answered like a GET, and changes nothing.

use actix_web::body::{EitherBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use serde::Deserialize;

use crate::web::dashboard::http::csrf::Form;
use crate::web::dashboard::http::kept::{Kept, Typed};
use crate::web::http::body;
use crate::web::paths;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptForm {
    kept: String,
}

pub(crate) async fn refill<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if request.method() != Method::POST || !paths::is_refill(request.query_string()) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let (request, mut payload) = request.into_parts();
    let form = Form::<KeptForm>::read(&request, &mut payload, body::KEPT_LIMIT).await;
    let kept = form.ok().and_then(|Form(form)| Kept::read(&form.kept));
    Typed::expected(&request).put(kept.clone()); // the session may have ended again
    let mut request = ServiceRequest::from_parts(request, Payload::None);
    request.head_mut().method = Method::GET;
    let response = next.call(request).await?;
    let Some(kept) = kept.filter(|_| response.status() == StatusCode::OK) else {
        return Ok(response.map_into_left_body());
    };
    let (request, response) = response.into_parts();
    let (response, page) = response.into_parts();
    let page = to_bytes(page).await.map_err(|error| ErrorInternalServerError(error.into()))?;
    let page = String::from_utf8_lossy(&page);
    let filled = kept.fill(&page).unwrap_or_else(|| page.into_owned());
    let response = response.set_body(filled).map_into_boxed_body().map_into_right_body();
    Ok(ServiceResponse::new(request, response))
}
