//! The link was followed.

use super::open;
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::users::{ChangeError, Email, User, change_email_to, hold};

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
    act: &mut Act<'_>,
    user: &User,
    token: &str,
) -> Result<Email, ConfirmError> {
    hold(connection, user)?;
    let change = open(connection, user, token, act.now)?.ok_or(ConfirmError::Dead)?;
    let email = Email::parse(&change.email).map_err(|_| ConfirmError::Dead)?; // parsed before
    change_email_to(connection, act, user, &email)?;
    Ok(email)
}
