//! Changes of one's own account: the name, and the e-mail address and the password once the user
//! has [`Confirmed`] who they are.

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

/// Holds the user's password: it is still the one that `user` was loaded with, until the
/// transaction ends.
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

/// Changes the e-mail address at once, where no mail can be sent.
pub fn change_email(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
    email: &Email,
) -> Result<(), ChangeError> {
    change_email_to(connection, act, confirmed.user(), email)
}

/// Changes the e-mail address. A pending change ends.
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

/// Ends everything that was opened with the former password: sessions, known browsers and a pending
/// change of the e-mail address.
pub(in crate::domain) fn end_former(connection: &mut DbConnection, user: &User) -> db::Result<()> {
    sessions::delete_of(connection, &user.id)?;
    known_browsers::delete_of(connection, &user.id)?;
    email_changes::delete(connection, &user.id)?;
    // Whoever gave the wrong codes knew the former password.
    two_step::forget_failures(connection, &user.id, true)
}

/// Changes the password, by its owner. All sessions end. The caller gives the session that asks a
/// new key.
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
