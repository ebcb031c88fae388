//! The errors of pages, and what the page says about each. Internal details are only logged.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::db;
use crate::domain::members::AccessError;
use crate::web::paths;

/// An error of a page. `middleware::error_pages` turns it into the answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It does not exist, or this user may not see it: both look the same.
    #[error("not found")]
    NotFound,
    /// It exists under another address.
    #[error("moved to {0}")]
    Moved(String),
    /// Nobody is signed in.
    #[error("signed out")]
    SignedOut,
    /// There is no user yet.
    #[error("not set up")]
    NotSetUp,
    /// The setup link was used already, or it is too old.
    #[error("bad setup link")]
    BadSetupLink,
    /// The request is not from one of our pages, or it has no token.
    #[error("cross-site request")]
    CrossSite,
    /// The origin of the form is not the host of the request.
    #[error("a form from another address")]
    OtherAddress(String),
    /// The role is not enough.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// None of our pages sends such a request.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The route does not have this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The body is larger than the route accepts.
    #[error("body too large")]
    TooLarge,
    /// The body did not arrive in time.
    #[error("body too slow")]
    TooSlow,
    /// The request line and headers are too large.
    #[error("head too large")]
    HeadTooLarge,
    /// There were too many such requests, at once or within some time.
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds.
        retry_after: u64,
    },
    /// The database can't be asked.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A later Keyrack migrated the database to this contract number.
    #[error("outdated: the database keeps contract {0}")]
    Outdated(i32),
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Moved(_) => StatusCode::SEE_OTHER,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::NotSetUp
            | Self::BadSetupLink
            | Self::CrossSite
            | Self::OtherAddress(_)
            | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Outdated(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, and what to do.
    pub(crate) fn words(&self) -> (&str, &str) {
        match self {
            Self::NotFound => (
                "Nothing hangs here",
                "This page doesn't exist, or it belongs to a project you are not a member of.",
            ),
            Self::Moved(_) => ("This has another name", "Follow the link in the address."),
            Self::SignedOut => (
                "You are signed out",
                "This request changed nothing. Sign in, see how things stand, and try again if need be.",
            ),
            Self::NotSetUp => (
                "Keyrack is not set up yet",
                "Open the setup link that keyrack printed when it started. It is valid for 24 hours; restarting Keyrack prints a new one.",
            ),
            Self::BadSetupLink => (
                "This setup link is used or too old",
                "If you have an account, sign in. Otherwise restart Keyrack: it prints a new link while there is no account.",
            ),
            Self::CrossSite => (
                "This form has expired",
                "Nothing was changed. Copy what you typed, reload the page and send it again.",
            ),
            Self::OtherAddress(text) => ("This form came from another address", text),
            Self::Forbidden(why) => ("You may not do this", why),
            Self::BadRequest(why) => ("That request makes no sense here", why),
            Self::MethodNotAllowed => (
                "That can't be done with this page",
                "The address is right, the way of asking is not. Go back and use the page's own buttons.",
            ),
            Self::TooLarge => (
                "That was too much",
                "The form is larger than this page takes. Nothing was changed.",
            ),
            Self::TooSlow => (
                "That took too long",
                "The form did not arrive whole in time. Nothing was changed. Go back and send it again.",
            ),
            Self::HeadTooLarge => (
                "That request is too large",
                "Its headers are larger than 16 KiB. Clear this site's cookies and try again.",
            ),
            Self::TooManyRequests { .. } => {
                ("Too many tries", "Wait a moment and try again. Nothing was changed.")
            }
            Self::Unavailable(_) => (
                "Keyrack can't answer right now",
                "The database could not be asked in time. Until it answers, calls with API keys are refused (503), never let through.",
            ),
            Self::Outdated(_) => {
                ("Keyrack is being updated", "Nothing was saved. Try again in a moment.")
            }
            Self::Internal(_) => (
                "Something broke",
                "It is our fault, and it is in the server's log. Try again; if it stays, tell the administrator the reference.",
            ),
        }
    }

    /// The link that leads on: its text and its address.
    pub(crate) fn way_out(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotSetUp => ("Try again", paths::HOME),
            Self::SignedOut | Self::BadSetupLink => ("Sign in", paths::SIGN_IN),
            Self::NotFound
            | Self::Moved(_)
            | Self::CrossSite
            | Self::OtherAddress(_)
            | Self::Forbidden(_)
            | Self::BadRequest(_)
            | Self::MethodNotAllowed
            | Self::TooLarge
            | Self::TooSlow
            | Self::HeadTooLarge
            | Self::TooManyRequests { .. }
            | Self::Unavailable(_)
            | Self::Outdated(_)
            | Self::Internal(_) => ("Go to API Keys", paths::HOME),
        }
    }

    /// Seconds after which it is worth trying again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::Unavailable(_) | Self::Outdated(_) => Some(1),
            Self::NotFound
            | Self::Moved(_)
            | Self::SignedOut
            | Self::NotSetUp
            | Self::BadSetupLink
            | Self::CrossSite
            | Self::OtherAddress(_)
            | Self::Forbidden(_)
            | Self::BadRequest(_)
            | Self::MethodNotAllowed
            | Self::TooLarge
            | Self::TooSlow
            | Self::HeadTooLarge
            | Self::Internal(_) => None,
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(reason) => Self::Unavailable(reason),
            db::Error::Outdated(contract) => Self::Outdated(contract),
            db::Error::Conflict(reason) => {
                Self::Internal(format!("an unexpected conflict: {reason}"))
            }
            db::Error::Internal(error) => Self::Internal(error.to_string()),
        }
    }
}

impl From<AccessError> for Error {
    fn from(refused: AccessError) -> Self {
        match refused {
            AccessError::Stranger => Self::NotFound,
            AccessError::Forbidden(why) => Self::Forbidden(why),
            AccessError::Db(error) => error.into(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status()) // error_pages adds the content
    }
}
