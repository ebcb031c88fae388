//! Checking a code and using it up, or counting it as wrong.

use chrono::NaiveDateTime;
use zeroize::Zeroizing;

use super::Secret;
use super::limit::{self, CodeLimit, LIMIT};
use crate::db::{DbConnection, Result, recovery_codes, two_step};
use crate::domain::text::fold;
use crate::domain::users::known_browsers::{self, BrowserToken};
use crate::domain::users::sign_in::{self, Counted};
use crate::domain::users::{PasswordHash, User};

/// After this many wrong codes in a row, of either kind, the owner is told.
const ALERT_AFTER: i32 = 5;

/// A typed code, as far as it was checked before the transaction.
pub struct Proof {
    /// The code.
    pub code: Looked,
    /// The token that the browser got at an earlier sign-in to this account.
    pub browser: Option<BrowserToken>,
}

/// A code before the transaction.
pub enum Looked {
    App(Zeroizing<String>),
    Recovery {
        /// The hash that the code fits. `None`: it fits none of the unused ones.
        fits: Option<PasswordHash>,
        counted: Counted,
    },
}

/// What the owner of the account is told about wrong codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    WrongCodes,
    /// There were so many that codes of the app only work in known browsers now.
    Closed,
}

/// The kind of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    App,
    Recovery,
}

/// A wrong code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The kind of code that it was taken for.
    pub kind: Kind,
    /// The code was right, but was used before.
    pub used: bool,
    /// What the owner is to be told.
    pub alert: Option<Alert>,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    /// The code was right, and is used up.
    Right(Kind),
    /// The code was wrong, and is counted.
    Wrong(Wrong),
    /// The code was not checked.
    TooMany(CodeLimit),
    Off,
}

/// Why a code of the app would not be checked in this browser. `None`: it would.
pub fn check(
    connection: &mut DbConnection,
    user: &User,
    browser: Option<&BrowserToken>,
    now: NaiveDateTime,
) -> Result<Option<CodeLimit>> {
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

/// Uses a code up. The user's row is held, so that only one of several requests at a time is
/// checked.
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
    // A sign-in from a known browser does not reset the count of the other browsers. Otherwise
    // somebody who has the password would get another hundred tries each time the owner signs in.
    two_step::forget_failures(connection, &user.id, known.is_none())?;
    Ok(Spent::Right(kind))
}

/// Counts a wrong code where it belongs. (A recovery code was counted before it was checked.)
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
