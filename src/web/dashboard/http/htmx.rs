//! Requests of htmx, and answers for it.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use crate::web::dashboard::http::Error;

/// Whether htmx asks for a fragment. If not, the browser asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Htmx(pub(crate) bool);

impl Htmx {
    pub(crate) fn of(headers: &header::HeaderMap) -> Self {
        // After Back, htmx asks for the whole page.
        let restores = headers.contains_key("HX-History-Restore-Request");
        Self(headers.get("HX-Request").is_some_and(|value| value == "true") && !restores)
    }
}

impl FromRequest for Htmx {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}

/// An answer in HTML: a page or a fragment.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Error> {
    let body = template.render().map_err(|e| Error::Internal(e.to_string()))?;
    Ok(HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::VARY, "HX-Request, Cookie"))
        .body(body))
}

/// Adds events that are fired once the answer is in the page. `app.js` and `hx-trigger` wait for
/// them.
pub(crate) fn then(mut response: HttpResponse, events: &'static str) -> HttpResponse {
    let name = header::HeaderName::from_static("hx-trigger-after-settle");
    response.headers_mut().insert(name, header::HeaderValue::from_static(events));
    response
}

/// Replaces the address of a form's own page by that of the list after the form was sent. Reloading
/// the old address would show the form again.
pub(crate) fn leave_form(
    mut response: HttpResponse,
    list: &str,
    request: &HttpRequest,
) -> HttpResponse {
    let current = request.headers().get("HX-Current-URL").and_then(|url| url.to_str().ok());
    let path = current.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
    if path.ends_with(&format!("{list}/new"))
        && let Ok(list) = header::HeaderValue::from_str(list)
    {
        response.headers_mut().insert(header::HeaderName::from_static("hx-replace-url"), list);
    }
    response
}

/// Says after how many seconds to try again, if that is known.
pub(crate) fn come_again(
    mut response: HttpResponse,
    seconds: impl Into<Option<u64>>,
) -> HttpResponse {
    if let Some(seconds) = seconds.into() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(crate) fn add_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Error> {
    response.add_cookie(cookie).map_err(|e| Error::Internal(e.to_string()))
}

/// Leads to a page after a POST.
pub(crate) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// Leads to a page after a POST, also for htmx, which would follow a 303 and put the page into a
/// dialog.
pub(crate) fn go_on(htmx: Htmx, location: &str) -> HttpResponse {
    if htmx.0 {
        HttpResponse::Ok().insert_header(("HX-Redirect", location)).finish()
    } else {
        see_other(location)
    }
}
