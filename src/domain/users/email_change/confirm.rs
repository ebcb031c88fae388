//! The link was followed.

use chrono::NaiveDateTime;

use super::open;
use crate::db::{self, DbConnection};
use crate::domain::users::{ChangeError, Email, User, change_email_to, hold};
use crate::domain::{Actor, CryptoRng};

/// Why the address did not change.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The link is used, too old, replaced, cancelled, or another account's.
    #[error("the link is good no more")]
    Dead,
    /// What stops every change of an account: also that somebody took the address meanwhile.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<db::Error> for ConfirmError {
    fn from(error: db::Error) -> Self {
        Self::Change(error.into())
    }
}

/// Makes the new address the one to sign in with, and gives it. Of several at once, one does.
pub fn confirm(
    connection: &mut DbConnection,
    user: &User,
    token: &str,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Email, ConfirmError> {
    hold(connection, user)?;
    let change = open(connection, user, token, now)?.ok_or(ConfirmError::Dead)?;
    let email = Email::parse(&change.email).map_err(|_| ConfirmError::Dead)?; // parsed before
    change_email_to(connection, user, &email, actor, now, rng)?;
    Ok(email)
}
