//! Errors in JSON: `{"statusCode":401,"error":"INVALID_TOKEN","message":"…"}`.

use std::borrow::Cow;
use std::cell::RefCell;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::db;
use crate::domain::access_rules::Denied;
use crate::domain::access_tokens::TokenError;
use crate::domain::api_keys::Malformed;
use crate::domain::limits::{Allowance, OverLimit};
use crate::domain::verification::Refusal;
use crate::telemetry::Seldom;
use crate::web::api::verifier::limits;

/// A header with the same content as the body, because nginx drops the bodies of refusals but can
/// pass on a header.
const REFUSAL: HeaderName = HeaderName::from_static("x-refusal");
/// The value of `error` for an unknown key.
const INVALID: &str = "INVALID_TOKEN";

/// An error of the API. `error` is for programs and never changes, and `message` is for people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", body.error)]
pub(crate) struct Error {
    body: Body,
    /// Seconds.
    retry_after: Option<u64>,
    /// How many requests a limited key may make at once.
    limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    status_code: u16,
    error: &'static str,
    message: Cow<'static, str>,
}

/// The body as JSON, and as a header if it is a valid one.
type Rendered = (Bytes, Option<HeaderValue>);

thread_local! {
    /// The last body, because in a flood of wrong keys the same one is sent again and again.
    static LAST: RefCell<Option<(Body, Rendered)>> = const { RefCell::new(None) };
}

impl Body {
    fn rendered(&self) -> Rendered {
        LAST.with_borrow_mut(|last| match last {
            Some((body, rendered)) if body == self => rendered.clone(),
            _ => {
                let json = Bytes::from(serde_json::to_vec(self).unwrap_or_default());
                let header = HeaderValue::from_maybe_shared(json.clone()).ok();
                last.insert((self.clone(), (json, header))).1.clone()
            }
        })
    }
}

impl Error {
    fn new(status: StatusCode, error: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let body = Body { status_code: status.as_u16(), error, message: message.into() };
        Self { body, retry_after: None, limit: None }
    }

    /// The address does not name a project and an environment.
    pub(crate) fn not_bound(endpoint: &str) -> Self {
        let message = format!(
            "Say for which environment you ask: {endpoint}/{{project}}/{{environment}}, like \
             {endpoint}/my-blog/dev."
        );
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// What a gateway says about its own part of the address differs from the address.
    pub(crate) fn wrong_original_from() -> Self {
        let message = "X-Original-From must come once and be the gateway's own part of the \
                       address, /v1/verify/{project}/{environment}; the original path follows it.";
        Self::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
    }

    /// A gateway appends the original path, but is not trusted.
    pub(crate) fn untrusted_original_from(endpoint: &str) -> Self {
        let message = format!(
            "The original path follows {endpoint}/{{project}}/{{environment}}, but the gateway is \
             not in --trusted-proxy."
        );
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    pub(crate) fn missing() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "Send your API key in the X-API-Key header.",
        )
    }

    /// The request does not have exactly one good key.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, INVALID, message)
    }

    /// The database can't be asked, so the call is refused.
    pub(crate) fn unavailable() -> Self {
        let message = "Keys can't be checked right now. Try again in a moment.";
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
        }
    }

    /// A limited key was used too often.
    fn limited(too_many: OverLimit, message: String) -> Self {
        let OverLimit { limit, retry_after } = too_many;
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
        Self { retry_after: Some(retry_after), limit: Some(limit), ..error }
    }

    /// Too many wrong keys came from one address.
    pub(super) fn guessing(retry_after: u64) -> Self {
        let message = "Too many wrong API keys came from this address. Good keys still work.";
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
        }
    }

    /// Too many reports came from one address.
    pub(super) fn reporting(retry_after: u64) -> Self {
        let message = "Too many reports came from this address. Try again later.";
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
        }
    }

    /// The body is not a report of a leaked key.
    pub(super) fn not_a_report() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            r#"Send {"key":"…"} with the full key in it, and nothing else."#,
        )
    }

    pub(super) fn is_unavailable(&self) -> bool {
        self.body.status_code == StatusCode::SERVICE_UNAVAILABLE.as_u16()
    }

    /// Whether the caller may be guessing keys.
    pub(super) fn is_guess(&self) -> bool {
        self.body.error == INVALID
    }

    /// The issuer of access tokens can't be asked for its keys, and they are not known yet.
    pub(crate) fn no_issuer_keys() -> Self {
        let message = "The keys that access tokens are checked with can't be fetched right now. Try again in a moment.";
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
        }
    }

    /// What the router and the middleware refuse, as JSON.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => {
                Self::new(status, "NOT_FOUND", "There is nothing at this address.")
            }
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "METHOD_NOT_ALLOWED",
                "This address takes other methods; see the Allow header.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "PAYLOAD_TOO_LARGE", "The body is too large.")
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                Self::new(status, "HEADERS_TOO_LARGE", "The headers are larger than 16 KiB.")
            }
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(),
            status if status.is_client_error() => {
                Self::new(status, "BAD_REQUEST", "The request makes no sense here.")
            }
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "Something broke. It is in the server's log.",
            ),
        }
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.body.status_code == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey")));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        let (body, same) = self.body.rendered();
        if let Some(same) = same {
            response.insert_header((REFUSAL, same));
        }
        let mut response = response
            .insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")))
            .body(body);
        limits::announce(
            response.headers_mut(),
            self.limit.map(|limit| Allowance { limit, remaining: 0 }),
        );
        response
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.body.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::invalid(malformed.message())
    }
}

impl From<TokenError> for Error {
    fn from(bad: TokenError) -> Self {
        Self::invalid(bad.to_string())
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        static TOLD: Seldom = Seldom::new();
        if let Some(left_out) = TOLD.is_due() {
            tracing::warn!(%error, left_out, "the database can't be asked");
        }
        Self::unavailable()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let (status, error) = match refusal {
            Refusal::NoProject(_) => (StatusCode::FORBIDDEN, "PROJECT_NOT_FOUND"),
            Refusal::NoEnvironment(_) => (StatusCode::FORBIDDEN, "ENVIRONMENT_NOT_FOUND"),
            Refusal::Unknown(_) | Refusal::OtherEnvironment { .. } => {
                (StatusCode::UNAUTHORIZED, INVALID)
            }
            Refusal::Deleted | Refusal::Rotated => (StatusCode::UNAUTHORIZED, "TOKEN_REVOKED"),
            Refusal::Expired => (StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED"),
            Refusal::Paused => (StatusCode::UNAUTHORIZED, "TOKEN_PAUSED"),
            Refusal::Damaged(_) => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            Refusal::Denied(denied) => (StatusCode::FORBIDDEN, denied_as(&denied)),
            Refusal::NotKnown { .. } => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
            Refusal::TooOften(too_many) => return Self::limited(too_many, message),
        };
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { retry_after, ..Self::new(status, error, message) }
    }
}

fn denied_as(denied: &Denied) -> &'static str {
    match denied {
        Denied::Browser => "SECRET_KEY_IN_BROWSER",
        Denied::Origin => "ORIGIN_NOT_ALLOWED",
        Denied::Scope(_) => "SCOPE_INSUFFICIENT",
        Denied::Address
        | Denied::UnknownAddress
        | Denied::UnknownRequest
        | Denied::IncompleteRequest
        | Denied::Ambiguous(_)
        | Denied::Method
        | Denied::Options
        | Denied::Elsewhere { .. }
        | Denied::Right { .. } => "PERMISSION_DENIED",
    }
}
