//! Staying with the address.

use chrono::NaiveDateTime;

use super::pending;
use crate::db::{DbConnection, Result, email_changes};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::User;
use crate::domain::{Actor, CryptoRng};

/// Ends the change that waits; `false` when there is none.
pub fn cancel(
    connection: &mut DbConnection,
    user: &User,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<bool> {
    let Some(change) = pending(connection, user, now)? else { return Ok(false) };
    if !email_changes::delete(connection, &user.id)? {
        return Ok(false);
    }
    let event = Event::user(Action::UserEmailCancelled, user).detail(&change.email);
    activity::record(connection, &event, actor, now, rng)?;
    Ok(true)
}
