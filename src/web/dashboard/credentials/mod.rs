//! Checks passwords and codes, also during an attack: one attempt of an address at a time, which is
//! counted before it is checked, and hashed on separate threads.

mod confirm;
mod counted_try;
pub(crate) mod passwords;
mod recovery;

pub(crate) use confirm::{Wrong, confirm, is_on};
pub(crate) use counted_try::Try;
pub(crate) use recovery::look;

use chrono::TimeDelta;

use crate::domain::two_step::{self, CodeLimit, Kind};
use crate::domain::users::sign_in::SignInError;
use crate::web::dashboard::http::Error;

/// The message when the queue is full.
pub(crate) const BUSY: &str =
    "Too many people are signing in at this moment. Wait a few seconds, then try again.";

/// Why a password or code could not be checked.
pub(crate) enum Stop {
    TooMany(TimeDelta),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl From<SignInError> for Stop {
    fn from(refused: SignInError) -> Self {
        match refused {
            SignInError::TooMany { wait } => Self::TooMany(wait),
            SignInError::Db(error) => Self::Error(error.into()),
        }
    }
}

/// How long to wait, in words (`15 minutes`) and in seconds. It is rounded up, so that somebody who
/// waits that long gets in.
pub(crate) fn to_wait(wait: TimeDelta) -> (String, u64) {
    let minutes = wait.num_seconds() / 60 + 1;
    let words = format!("{minutes} minute{}", if minutes == 1 { "" } else { "s" });
    (words, u64::try_from(wait.num_seconds() + 1).unwrap_or(1))
}

/// The message while codes of the app are not checked in this browser, and the number of seconds
/// until they are.
pub(crate) fn too_many_codes(too_many: CodeLimit) -> (String, Option<u64>) {
    match too_many {
        CodeLimit::Wait(wait) => {
            let (wait, seconds) = to_wait(wait);
            let text = format!("Too many wrong codes. Wait {wait}, or use a recovery code.");
            (text, Some(seconds))
        }
        CodeLimit::Closed => {
            let text = "Too many wrong codes. Use a recovery code, or a browser in which you \
                        signed in before. Then change your password: somebody else knows it.";
            (text.to_owned(), None)
        }
    }
}

/// The message for a wrong code.
pub(crate) fn wrong_code(wrong: two_step::Wrong) -> &'static str {
    match wrong.kind {
        Kind::App if wrong.used => "This code was used before. Wait for the next one.",
        Kind::App => {
            "Wrong code. Codes change every 30 seconds; if it keeps failing, check your phone's \
             clock."
        }
        Kind::Recovery => "That recovery code is wrong or already used.",
    }
}
