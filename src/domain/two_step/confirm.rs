//! Asks a user who is signed in once more for what signing in takes, before a change that would
//! help somebody at their browser to take over the account (OWASP ASVS 5.0, 7.5.1).

use chrono::NaiveDateTime;

use super::limit::CodeLimit;
use super::spend::{Proof, Spent, Wrong, spend};
use crate::db::{DbConnection, two_step};
use crate::domain::users::{self, ChangeError, User};

/// A user who gave the password, which is still theirs when the transaction ends, and a code if
/// two-step sign-in is on. Only [`confirm`] makes one.
#[derive(Debug)]
pub struct Confirmed<'a> {
    user: &'a User,
}

impl Confirmed<'_> {
    pub fn user(&self) -> &User {
        self.user
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unconfirmed {
    CodeMissing,
    /// The code is wrong.
    Wrong(Wrong),
    /// The code was not checked.
    TooMany(CodeLimit),
}

/// Uses the code up, if one is needed. The password of `user` was checked before the transaction.
pub fn confirm<'a>(
    connection: &mut DbConnection,
    user: &'a User,
    proof: Option<&Proof>,
    now: NaiveDateTime,
) -> Result<Result<Confirmed<'a>, Unconfirmed>, ChangeError> {
    users::hold(connection, user)?;
    let confirmed = Confirmed { user };
    if two_step::find(connection, &user.id)?.is_none() {
        return Ok(Ok(confirmed));
    }
    let Some(proof) = proof else { return Ok(Err(Unconfirmed::CodeMissing)) };
    Ok(match spend(connection, user, proof, now)? {
        Spent::Right(_) | Spent::Off => Ok(confirmed),
        Spent::Wrong(wrong) => Err(Unconfirmed::Wrong(wrong)),
        Spent::TooMany(too_many) => Err(Unconfirmed::TooMany(too_many)),
    })
}
