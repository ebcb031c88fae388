//! The second step of signing in.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use super::Secret;
use crate::db::{self, DbConnection, recovery_codes, two_step};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::sign_in::{self, Attempt};
use crate::domain::users::{self, ChangeError, PasswordHash, User};
use crate::domain::{Actor, CryptoRng};

/// How the second step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// They are in.
    In,
    /// The code is not one of now, or no recovery code.
    Wrong,
    /// The code was right, and somebody used it before.
    Used,
    /// The password was changed, or two-step sign-in turned off: begin anew.
    Outdated,
}

/// A code, as far as it was looked at before the transaction.
#[derive(Debug)]
pub enum Looked<'a> {
    /// Six digits.
    App(&'a str),
    /// The hash that a recovery code fits; `None`: it fits none that is left.
    Recovery(Option<&'a PasswordHash>),
}

/// Uses a code up, and the token of the half that came before, and lets its owner in, or notes that
/// it was refused. Of all that come with one code at once, in whichever processes, one gets in.
#[expect(clippy::too_many_arguments, reason = "who, with what, from where, when")]
pub fn pass(
    connection: &mut DbConnection,
    user: &User,
    token: &str,
    code: &Looked<'_>,
    attempt: &Attempt,
    actor: &Actor,
    address: Option<IpAddr>,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> db::Result<Passed> {
    match users::hold(connection, user) {
        Err(ChangeError::Db(error)) => return Err(error),
        Err(ChangeError::Outdated | ChangeError::EmailTaken) => return Ok(Passed::Outdated),
        Ok(()) => {}
    }
    let Some(secret) =
        two_step::secret(connection, &user.id)?.and_then(|bytes| Secret::stored(&bytes))
    else {
        return Ok(Passed::Outdated);
    };
    let (passed, how) = match code {
        Looked::App(digits) => match secret.step_of(digits, now) {
            Some(step) if two_step::use_step(connection, &user.id, step)? => (Passed::In, ""),
            Some(_) => (Passed::Used, "a code that was used before"),
            None => (Passed::Wrong, "wrong code after the right password"),
        },
        Looked::Recovery(Some(hash))
            if recovery_codes::take(connection, &user.id, hash.as_str())? =>
        {
            (Passed::In, "with a recovery code")
        }
        Looked::Recovery(_) => (Passed::Wrong, "wrong recovery code after the right password"),
    };
    if passed == Passed::In {
        super::pending::end(connection, token)?;
        sign_in::succeed(connection, attempt)?;
        activity::record(
            connection,
            &Event::user(Action::UserSignedIn, user).detail(how),
            actor,
            now,
            rng,
        )?;
    } else {
        sign_in::refuse(connection, Some(user), how, address, now, rng)?;
    }
    Ok(passed)
}
