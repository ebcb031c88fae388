//! Looking at a code and using it up, or counting that it was wrong.

use chrono::NaiveDateTime;
use zeroize::Zeroizing;

use super::Secret;
use super::limit::{self, LIMIT, TooMany};
use crate::db::{DbConnection, Result, recovery_codes, two_step};
use crate::domain::text::fold;
use crate::domain::users::known_browsers::{self, BrowserToken};
use crate::domain::users::sign_in::{self, Counted};
use crate::domain::users::{PasswordHash, User};

/// Wrong codes in a row, of whichever kind, after which the owner is told.
const ALERT_AFTER: i32 = 5;

/// A code that somebody typed, as far as it was looked at before the transaction.
pub struct Proof {
    /// What was typed.
    pub code: Looked,
    /// What the browser has from an earlier sign-in to this account.
    pub browser: Option<BrowserToken>,
}

/// A code before the transaction.
pub enum Looked {
    App(Zeroizing<String>),
    Recovery {
        /// The hash that it fits; `None`: it fits none that is left.
        fits: Option<PasswordHash>,
        counted: Counted,
    },
}

/// What the owner of an account is told of wrong codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    WrongCodes,
    /// There were so many that codes of the app are good in known browsers only.
    Closed,
}

/// Which of both kinds a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    App,
    Recovery,
}

/// A code that was not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// What it would have been.
    pub kind: Kind,
    /// It was right, and somebody used it before.
    pub used: bool,
    /// What the owner is to be told.
    pub alert: Option<Alert>,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    /// It was right, and is used up.
    Right(Kind),
    /// It is counted.
    Wrong(Wrong),
    /// It was not looked at.
    TooMany(TooMany),
    Off,
}

/// Why a code of the app would not be looked at in this browser; `None`: it would.
pub fn check(
    connection: &mut DbConnection,
    user: &User,
    browser: Option<&BrowserToken>,
    now: NaiveDateTime,
) -> Result<Option<TooMany>> {
    if is_known(connection, user, browser, now)? {
        return Ok(None);
    }
    let row = two_step::find(connection, &user.id)?;
    Ok(row.and_then(|row| limit::too_many(&row, now)))
}

fn is_known(
    connection: &mut DbConnection,
    user: &User,
    browser: Option<&BrowserToken>,
    now: NaiveDateTime,
) -> Result<bool> {
    match browser {
        Some(browser) => known_browsers::is_known(connection, browser, &fold(&user.email), now),
        None => Ok(false),
    }
}

/// Uses a code up. The user's row is held: of all that come at once, one at a time is looked at.
pub(super) fn spend(
    connection: &mut DbConnection,
    user: &User,
    proof: &Proof,
    now: NaiveDateTime,
) -> Result<Spent> {
    let Some(row) = two_step::find(connection, &user.id)? else { return Ok(Spent::Off) };
    let Some(secret) = Secret::stored(&row.secret) else { return Ok(Spent::Off) };
    let browser = proof.browser.as_ref();
    let known = if is_known(connection, user, browser, now)? { browser } else { None };
    let (kind, right, used) = match &proof.code {
        Looked::App(digits) => {
            if known.is_none()
                && let Some(too_many) = limit::too_many(&row, now)
            {
                return Ok(Spent::TooMany(too_many));
            }
            let step = secret.step_of(digits, now);
            let fresh = match step {
                Some(step) => two_step::use_step(connection, &user.id, step)?,
                None => false,
            };
            (Kind::App, fresh, step.is_some() && !fresh)
        }
        Looked::Recovery { fits, counted } => {
            let taken = match fits {
                Some(hash) => recovery_codes::take(connection, &user.id, hash.as_str())?,
                None => false,
            };
            if taken {
                sign_in::succeed(connection, counted)?;
            }
            (Kind::Recovery, taken, false)
        }
    };
    if !right {
        let alert = count_wrong(connection, user, kind, known, now)?;
        return Ok(Spent::Wrong(Wrong { kind, used, alert }));
    }
    // A known browser leaves what others did counted: whoever has the password, and waits for the
    // owner to sign in, gets no further hundred.
    two_step::forget_failures(connection, &user.id, known.is_none())?;
    Ok(Spent::Right(kind))
}

/// Counts a wrong code where it belongs. (A recovery code was counted when it was begun with.)
fn count_wrong(
    connection: &mut DbConnection,
    user: &User,
    kind: Kind,
    known: Option<&BrowserToken>,
    now: NaiveDateTime,
) -> Result<Option<Alert>> {
    let in_all = two_step::count_failure(connection, &user.id)?;
    let untrusted = match (kind, known) {
        (Kind::App, Some(browser)) => {
            known_browsers::count_failure(connection, browser)?;
            0
        }
        (Kind::App, None) => two_step::count_untrusted_failure(connection, &user.id, now)?,
        (Kind::Recovery, _) => 0,
    };
    Ok(match (in_all, untrusted) {
        (_, LIMIT) => Some(Alert::Closed),
        (ALERT_AFTER, _) => Some(Alert::WrongCodes),
        _ => None,
    })
}
