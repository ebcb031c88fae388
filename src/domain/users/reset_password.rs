//! Setting a new password on the command line, for a user who lost theirs.

use super::change::end_former;
use super::{Email, PasswordHash, User, sign_in};
use crate::db::{self, DbConnection, users};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};

#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// No user has this e-mail address.
    #[error("nobody has this e-mail address")]
    NoSuchUser,
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Sets the password and ends all sessions of the user. Failed sign-ins are deleted, because
/// whoever lost the password has probably used up their tries. Two-step sign-in stays on (ASVS 5.0,
/// 6.4.3).
pub fn reset_password(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    email: &Email,
    hash: &PasswordHash,
) -> Result<User, ResetError> {
    let (user, _) =
        users::find_by_email(connection, email.folded())?.ok_or(ResetError::NoSuchUser)?;
    users::set_password_hash(connection, &user.id, hash.as_str())?;
    // In the order in which signing in takes its locks: the user, the counts, the browsers.
    sign_in::forget(connection, email)?;
    end_former(connection, &user)?;
    activity::record(connection, act, &Event::user(Action::UserPasswordReset, &user))?;
    Ok(user)
}
