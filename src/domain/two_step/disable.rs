//! Turning two-step sign-in off from the command line, for a user who lost both the phone and the
//! recovery codes.

use crate::db::{DbConnection, two_step, users};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{Email, ResetError, User};

/// Turns two-step sign-in off for the user with this e-mail address, who is returned if it was on.
pub fn disable(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    email: &Email,
) -> Result<Option<User>, ResetError> {
    let (user, _) =
        users::find_by_email(connection, email.folded())?.ok_or(ResetError::NoSuchUser)?;
    if !two_step::delete(connection, &user.id)? {
        return Ok(None);
    }
    activity::record(connection, act, &Event::user(Action::UserTwoStepOff, &user))?;
    Ok(Some(user))
}
