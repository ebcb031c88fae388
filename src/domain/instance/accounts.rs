//! Disabling an account, and enabling it again.

use super::{AccountError, keep_an_administrator, other};
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};

/// Disables an account: all its sessions end at once, and nobody signs in with it. Keys that the user
/// created go on working. What is disabled already stays as it is.
pub fn disable(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    let user = other(connection, act.actor, user)?;
    if user.disabled_at.is_some() {
        return Ok(user);
    }
    keep_an_administrator(connection, &user)?;
    db::users::set_disabled(connection, &user.id, Some(act.now))?;
    users::end_former(connection, &user)?;
    activity::record(connection, act, &Event::user(Action::UserDisabled, &user))?;
    Ok(user)
}

/// Enables an account. Its user signs in anew.
pub fn enable(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    let user = other(connection, act.actor, user)?;
    if user.disabled_at.is_some() {
        db::users::set_disabled(connection, &user.id, None)?;
        activity::record(connection, act, &Event::user(Action::UserEnabled, &user))?;
    }
    Ok(user)
}
