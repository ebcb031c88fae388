//! The user's own account: name, e-mail address, password, two-step sign-in, sessions and activity.

mod change;
pub(crate) mod email;
mod form;
mod index;
pub(crate) mod sessions;
pub(crate) mod two_step;
mod views;

pub(crate) use change::{name, name_form, password, password_form};
pub(crate) use index::index;

use actix_web::HttpResponse;

use crate::domain::users::ChangeError;
use crate::web::dashboard::http::flash::Flash;
use crate::web::dashboard::http::htmx::see_other;
use crate::web::dashboard::http::{Error, Visit};
use crate::web::paths;

/// Leads back to the page, which says what was done.
fn done(subject: &str, text: &str, visit: &Visit) -> Result<HttpResponse, Error> {
    Flash { subject: subject.to_owned(), text: text.to_owned() }
        .send(see_other(paths::ACCOUNT), visit)
}

impl From<ChangeError> for Error {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Outdated => Self::SignedOut,
            ChangeError::EmailTaken => Self::Internal(error.to_string()),
            ChangeError::Db(error) => error.into(),
        }
    }
}
