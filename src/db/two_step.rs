//! Table `two_step`: who is asked for a code when they sign in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::two_step;
use super::{DbConnection, Result, UserId};

/// Turns it on.
pub fn insert(
    connection: &mut DbConnection,
    user: &UserId,
    secret: &[u8],
    step: i64,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(two_step::table)
        .values((
            two_step::user_id.eq(user),
            two_step::secret.eq(secret),
            two_step::last_step.eq(step),
            two_step::since.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// The secret that codes are made from, if it is on.
pub fn secret(connection: &mut DbConnection, user: &UserId) -> Result<Option<Vec<u8>>> {
    Ok(two_step::table.find(user).select(two_step::secret).first(connection).optional()?)
}

/// Notes that the code of this half minute is used. Of all that try at once, one is told yes.
pub fn use_step(connection: &mut DbConnection, user: &UserId, step: i64) -> Result<bool> {
    let earlier = two_step::table.find(user).filter(two_step::last_step.lt(step));
    Ok(diesel::update(earlier).set(two_step::last_step.eq(step)).execute(connection)? == 1)
}

/// Turns it off; the recovery codes go with it.
pub fn delete(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    Ok(diesel::delete(two_step::table.find(user)).execute(connection)? == 1)
}
