//! Refusals in JSON: `{"statusCode":401,"error":"INVALID_TOKEN","message":"…"}`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::api_keys::{Malformed, Refusal};

/// A refusal. `error` is for programs and never changes; `message` is for people.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[error("{error}")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Error {
    status_code: u16,
    error: &'static str,
    message: String,
}

impl Error {
    fn new(status: StatusCode, error: &'static str, message: impl ToString) -> Self {
        Self { status_code: status.as_u16(), error, message: message.to_string() }
    }

    /// No key at all.
    pub(crate) fn missing() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Send your API key in the X-API-Key header.")
    }

    /// Something that is not one key.
    pub(crate) fn invalid(message: impl ToString) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", message)
    }

    /// The database can't be asked: fail closed.
    pub(crate) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "Keys can't be checked right now. Try again in a moment.")
    }

    /// What the router and the middleware refuse, in the same form.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(status, "NOT_FOUND", "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "METHOD_NOT_ALLOWED", "This address takes other methods; see the Allow header.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "PAYLOAD_TOO_LARGE", "The body is too large."),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::new(status, "HEADERS_TOO_LARGE", "The headers are larger than 16 KiB."),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(),
            status if status.is_client_error() => Self::new(status, "BAD_REQUEST", "The request makes no sense here."),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something broke. It is in the server's log."),
        }
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status_code == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, "ApiKey"));
        }
        if self.status_code == 503 {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        response.json(self)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::invalid(malformed)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::invalid(refusal),
            Refusal::Revoked | Refusal::Rotated => Self::new(StatusCode::UNAUTHORIZED, "TOKEN_REVOKED", refusal),
            Refusal::Expired => Self::new(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", refusal),
            Refusal::Paused => Self::new(StatusCode::UNAUTHORIZED, "TOKEN_PAUSED", refusal),
        }
    }
}
