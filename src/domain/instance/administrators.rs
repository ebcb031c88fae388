//! Who runs the instance.

use super::{AccountError, keep_an_administrator, require};
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};

/// Makes a user an administrator.
pub fn promote(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    let user = held(connection, act, user)?;
    if !user.administrator {
        db::users::set_administrator(connection, &user.id, true)?;
        activity::record(connection, act, &Event::user(Action::UserPromoted, &user))?;
    }
    Ok(user)
}

/// Makes an administrator an ordinary user, also oneself, but never the last one.
pub fn demote(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    let user = held(connection, act, user)?;
    if user.administrator {
        keep_an_administrator(connection, &user)?;
        db::users::set_administrator(connection, &user.id, false)?;
        activity::record(connection, act, &Event::user(Action::UserDemoted, &user))?;
    }
    Ok(user)
}

fn held(
    connection: &mut DbConnection,
    act: &Act<'_>,
    user: &users::Id,
) -> Result<User, AccountError> {
    db::lock(connection, db::Lock::Members)?;
    require(connection, act.actor)?;
    users::find(connection, user)?
        .filter(|user| user.deleted_at.is_none())
        .ok_or(AccountError::Unknown)
}
