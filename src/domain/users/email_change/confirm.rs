//! Changing the e-mail address once the link was followed.

use super::open;
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::users::{ChangeError, Email, User, change_email_to, hold};

/// Why the address did not change.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The link was used, replaced or cancelled, has expired, or belongs to another account.
    #[error("the link is good no more")]
    Dead,
    /// One of the reasons that stop every change of an account, for example that somebody has taken
    /// the address meanwhile.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<db::Error> for ConfirmError {
    fn from(error: db::Error) -> Self {
        Self::Change(error.into())
    }
}

/// Makes the new address the current one, and returns it. If several requests come at once, only
/// one succeeds.
pub fn confirm(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    token: &str,
) -> Result<Email, ConfirmError> {
    hold(connection, user)?;
    let change = open(connection, user, token, act.now)?.ok_or(ConfirmError::Dead)?;
    // It was parsed before it was stored.
    let email = Email::parse(&change.email).map_err(|_| ConfirmError::Dead)?;
    change_email_to(connection, act, user, &email)?;
    Ok(email)
}
