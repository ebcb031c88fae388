//! A new password for somebody who lost theirs, set by whoever runs the machine.

use super::{Email, PasswordHash, sign_in};
use crate::db::{self, DbConnection, sessions, users};

/// Why nothing was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// Nobody has this e-mail.
    #[error("nobody has this e-mail address")]
    NoSuchUser,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Sets the password and ends all sessions of the user. Failed sign-ins are forgotten: whoever lost the
/// password has probably used up their tries.
pub fn reset_password(connection: &mut DbConnection, email: &Email, hash: &PasswordHash) -> Result<(), ResetError> {
    let (user, _) = users::find_by_email(connection, email.folded())?.ok_or(ResetError::NoSuchUser)?;
    users::set_password_hash(connection, &user.id, hash.as_str())?;
    sessions::delete_of(connection, &user.id)?;
    sign_in::forget(connection, email)?;
    Ok(())
}
