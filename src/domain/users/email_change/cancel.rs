//! Cancelling a change of the e-mail address.

use super::pending;
use crate::db::{DbConnection, Result, email_changes};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::User;

/// Ends the pending change. `false`: there is none.
pub fn cancel(connection: &mut DbConnection, act: &mut Act<'_>, user: &User) -> Result<bool> {
    let Some(change) = pending(connection, user, act.now)? else { return Ok(false) };
    if !email_changes::delete(connection, &user.id)? {
        return Ok(false);
    }
    let event = Event::user(Action::UserEmailCancelled, user).detail(&change.email);
    activity::record(connection, act, &event)?;
    Ok(true)
}
