//! For somebody who lost both phone and recovery codes: the administrator of the machine turns it
//! off.

use chrono::NaiveDateTime;

use crate::db::{DbConnection, two_step, users};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{Email, ResetError};
use crate::domain::{Actor, CryptoRng};

/// Turns two-step sign-in off for the user with this e-mail, if it is on.
pub fn disable(
    connection: &mut DbConnection,
    email: &Email,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(), ResetError> {
    let (user, _) =
        users::find_by_email(connection, email.folded())?.ok_or(ResetError::NoSuchUser)?;
    if two_step::delete(connection, &user.id)? {
        activity::record(connection, &Event::user(Action::UserTwoStepOff, &user), actor, now, rng)?;
    }
    Ok(())
}
