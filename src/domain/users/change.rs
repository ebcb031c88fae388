//! What people change of their own account: the e-mail address and the password once they are
//! [`Confirmed`].

use super::{Email, PasswordHash, User};
use crate::db::{self, DbConnection, email_changes, known_browsers, sessions, two_step, users};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::two_step::Confirmed;

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The password was changed meanwhile, which ended the session that asks.
    #[error("the password was changed meanwhile")]
    Outdated,
    #[error("Another account has this e-mail address.")]
    EmailTaken,
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Makes sure that the password is the one that `user` was loaded with, until the transaction ends.
pub fn hold(connection: &mut DbConnection, user: &User) -> Result<(), ChangeError> {
    if users::hold(connection, &user.id, user.generation)? {
        Ok(())
    } else {
        Err(ChangeError::Outdated)
    }
}

pub fn change_name(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    name: &str,
) -> db::Result<()> {
    if name == user.name {
        return Ok(());
    }
    users::set_name(connection, &user.id, name)?;
    let detail = format!("{} to {name}", user.name);
    activity::record(connection, act, &Event::user(Action::UserNameChanged, user).detail(&detail))
}

/// Another e-mail address to sign in with, at once: where no mail is sent.
pub fn change_email(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
    email: &Email,
) -> Result<(), ChangeError> {
    change_email_to(connection, act, confirmed.user(), email)
}

/// Another e-mail address. One that waits for its link ends.
pub(super) fn change_email_to(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    email: &Email,
) -> Result<(), ChangeError> {
    email_changes::delete(connection, &user.id)?;
    match users::set_email(connection, &user.id, email.as_str(), email.folded()) {
        Err(db::Error::Conflict(_)) => return Err(ChangeError::EmailTaken),
        result => result?,
    }
    let detail = format!("{} to {}", user.email, email.as_str());
    let event = Event::user(Action::UserEmailChanged, user).detail(&detail);
    activity::record(connection, act, &event)?;
    Ok(())
}

/// Ends all that the former password opened.
pub(super) fn end_former(connection: &mut DbConnection, user: &User) -> db::Result<()> {
    sessions::delete_of(connection, &user.id)?;
    known_browsers::delete_of(connection, &user.id)?;
    email_changes::delete(connection, &user.id)?;
    // Whoever typed wrong codes knew the former password.
    two_step::forget_failures(connection, &user.id, true)
}

/// Another password, by its owner. All sessions end; the one that asks is given a new key by whoever calls this.
pub fn change_password(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
    hash: &PasswordHash,
) -> Result<(), ChangeError> {
    let user = confirmed.user();
    users::set_password_hash(connection, &user.id, hash.as_str())?;
    end_former(connection, user)?;
    activity::record(connection, act, &Event::user(Action::UserPasswordChanged, user))?;
    Ok(())
}
