//! Turns every error, even a panic, into a page in the same style, into a message for htmx, or into
//! JSON for programs.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use futures_util::FutureExt;

use super::request_log::RequestId;
use crate::telemetry::Seldom;
use crate::web::dashboard::http::htmx::{Htmx, html, see_other};
use crate::web::dashboard::http::kept::{Kept, Typed};
use crate::web::dashboard::http::known_browser::KnownBrowser;
use crate::web::dashboard::http::{Error, Visit, cookie_of, session};
use crate::web::dashboard::page::chrome;
use crate::web::{api, paths};

#[derive(Template)]
#[template(path = "errors/page.html")]
struct Page<'a> {
    chrome: chrome::Bare,
    status: u16,
    title: &'a str,
    text: &'a str,
    /// Whether a form was sent and certainly nothing was saved.
    unsaved: bool,
    /// The address and the text of the link that leads on.
    way_out: (&'static str, &'static str),
    reference: String,
}

#[derive(Template)]
#[template(path = "errors/toast.html")]
struct Toast<'a> {
    title: &'a str,
    text: &'a str,
    unsaved: bool,
    reference: String,
}

/// The sign-in form for somebody who was signed out when they sent a form.
#[derive(Template)]
#[template(path = "errors/signed_out.html")]
struct SignedOutPage {
    chrome: chrome::Bare,
    /// Where the sign-in leads to.
    next: String,
    /// What was typed, as [`Kept`], or empty.
    kept: String,
    email: String,
    reference: String,
}

pub(crate) async fn error_pages<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    // This is read before the call, because actix panics inside scopes if a request is kept across
    // it.
    let asked = Asked::of(request.request());
    let Ok(result) = AssertUnwindSafe(next.call(request)).catch_unwind().await else {
        let answer = asked.page(&Error::Internal("a handler panicked".to_owned()));
        return Err(InternalError::from_response("", answer).into());
    };
    match result {
        Ok(response) => {
            let status = response.status();
            let has_page = response.headers().contains_key(header::CONTENT_TYPE);
            let error = match response.response().error() {
                // An error of the API is JSON already.
                Some(_) if has_page => return Ok(response.map_into_left_body()),
                Some(error) if asked.sent_something_signed_out(error) => {
                    asked.signed_out(response.request())
                }
                Some(error) => asked.answer(error),
                // The router answers 404 and 405 itself.
                None if !has_page && (status.is_client_error() || status.is_server_error()) => {
                    asked.page_of(status)
                }
                None => return Ok(response.map_into_left_body()),
            };
            let (request, old) = response.into_parts();
            let mut new = error;
            for (name, value) in old.headers() {
                if name == header::ALLOW || name == header::SET_COOKIE {
                    new.headers_mut().append(name.clone(), value.clone());
                }
            }
            Ok(ServiceResponse::new(request, new).map_into_right_body())
        }
        // An inner middleware failed: one of ours, or that of the session store.
        Err(error) => Err(InternalError::from_response("", asked.answer(&error)).into()),
    }
}

/// What the answer to an error depends on.
struct Asked {
    api: bool,
    htmx: Htmx,
    safe: bool,
    path: String,
    theme: chrome::Theme,
    reference: String,
    /// The request comes from the sign-in page, but without the cookie of the session that began
    /// there.
    refused_cookies: bool,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        Self {
            api: api::addresses::is_api(request.path()),
            htmx: Htmx::of(request.headers()),
            safe: matches!(*request.method(), Method::GET | Method::HEAD),
            path: request
                .uri()
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            theme: chrome::Theme::of(request),
            refused_cookies: paths::came_without_cookies(request.headers()),
            reference: request
                .extensions()
                .get::<RequestId>()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }

    fn answer(&self, error: &actix_web::Error) -> HttpResponse {
        let Some(error) = error.as_error::<Error>() else {
            // The session store fails only if the database does.
            let status = error.as_response_error().status_code();
            if self.api {
                return api::Error::of_status(status).response();
            }
            return if status == StatusCode::INTERNAL_SERVER_ERROR {
                self.log_unavailable(&format!("no session: {error:?}"));
                self.page(&Error::Unavailable("session store".to_owned()))
            } else {
                self.page_of(status)
            };
        };
        match error {
            // htmx would follow a redirect and put the sign-in page into a card. It gets 401, and
            // app.js leads to the sign-in page.
            Error::SignedOut if self.safe && !self.htmx.0 => {
                let plain = percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy();
                // An address that is longer than any of ours would make a head that the browser
                // can't send back.
                let odd = self.path.len() > paths::NEXT_MAX
                    || crate::domain::key_shape::mask_in(&plain).is_some();
                let next = if odd { paths::HOME } else { &self.path };
                see_other(&if self.refused_cookies {
                    paths::sign_in_without_cookies(next)
                } else {
                    paths::sign_in(next)
                })
            }
            Error::Moved(location) => see_other(location),
            Error::Internal(reason) => {
                tracing::error!(request_id = self.reference, reason, "request failed");
                self.page(error)
            }
            Error::Unavailable(reason) => {
                self.log_unavailable(reason);
                self.page(error)
            }
            Error::Outdated(contract) => {
                tracing::warn!(request_id = self.reference, contract, "a later Keyrack is here");
                self.page(error)
            }
            _ => self.page(error),
        }
    }

    /// Logs this only from time to time: while the database can't be reached, every request fails,
    /// even those of strangers.
    fn log_unavailable(&self, reason: &str) {
        static TOLD: Seldom = Seldom::new();
        match TOLD.is_due() {
            Some(left_out) => tracing::error!(
                request_id = self.reference,
                reason,
                left_out,
                "request failed: the database can't be asked"
            ),
            None => tracing::debug!(request_id = self.reference, reason, "request failed"),
        }
    }

    /// Whether somebody who is signed out sent a form of the dashboard. If htmx sent it, `app.js`
    /// sends the form once more without htmx.
    fn sent_something_signed_out(&self, error: &actix_web::Error) -> bool {
        let signed_out = matches!(error.as_error(), Some(Error::SignedOut));
        signed_out && !self.safe && !self.htmx.0 && !self.api
    }

    fn signed_out(&self, request: &HttpRequest) -> HttpResponse {
        // The e-mail address is filled in only in the browser whose session has ended.
        let email = Visit::extract(request)
            .into_inner()
            .ok()
            .filter(|_| cookie_of(request, session::COOKIE).is_some())
            .and_then(|visit| KnownBrowser::of(&visit).last().map(str::to_owned));
        let kept = Typed::of(request);
        let page = SignedOutPage {
            chrome: chrome::Bare { title: "You are signed out".to_owned(), theme: self.theme },
            next: kept.as_ref().map_or_else(|| paths::form_of(request.path(), ""), Kept::page),
            kept: kept.map(|kept| kept.text()).unwrap_or_default(),
            email: email.unwrap_or_default(),
            reference: self.reference.clone(),
        };
        html(StatusCode::UNAUTHORIZED, &page)
            .unwrap_or_else(|_| HttpResponse::Unauthorized().finish())
    }

    fn page_of(&self, status: StatusCode) -> HttpResponse {
        match status {
            StatusCode::NOT_FOUND => self.page(&Error::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => self.page(&Error::MethodNotAllowed),
            StatusCode::PAYLOAD_TOO_LARGE => self.page(&Error::TooLarge),
            StatusCode::BAD_REQUEST => {
                self.page(&Error::BadRequest("The address is not one of ours."))
            }
            other => self.page(&Error::Internal(format!("answered {other} without a page"))),
        }
    }

    fn page(&self, error: &Error) -> HttpResponse {
        if self.api {
            return api::Error::of_status(error.status()).response();
        }
        let (title, text) = error.words();
        let reference = self.reference.clone();
        let unsaved = !self.safe && matches!(error, Error::Outdated(_));
        let body = if self.htmx.0 {
            Toast { title, text, unsaved, reference }.render()
        } else {
            let chrome = chrome::Bare { title: title.to_owned(), theme: self.theme };
            Page {
                chrome,
                status: error.status().as_u16(),
                title,
                text,
                unsaved,
                way_out: error.way_out(),
                reference,
            }
            .render()
        };
        let mut response = HttpResponse::build(error.status());
        response
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::VARY, "HX-Request, Cookie"));
        if let Some(seconds) = error.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.body(body.unwrap_or_else(|_| title.to_owned()))
    }
}
