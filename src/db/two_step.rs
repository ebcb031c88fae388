//! Table `two_step`: users who must give a code when they sign in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::two_step;
use super::{DbConnection, Result, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = two_step)]
pub struct TwoStep {
    /// The secret from which the codes are made.
    pub secret: Vec<u8>,
    /// How many wrong codes of the app in a row came from browsers that are not known.
    pub untrusted_failures: i32,
    /// When the last of these came, UTC.
    pub untrusted_failed_at: Option<NaiveDateTime>,
}

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

/// The two-step settings of a user, if two-step sign-in is on.
pub fn find(connection: &mut DbConnection, user: &UserId) -> Result<Option<TwoStep>> {
    Ok(two_step::table.find(user).select(TwoStep::as_select()).first(connection).optional()?)
}

/// Counts a wrong code. Returns how many there were in a row.
pub fn count_failure(connection: &mut DbConnection, user: &UserId) -> Result<i32> {
    Ok(diesel::update(two_step::table.find(user))
        .set(two_step::failures.eq(two_step::failures + 1))
        .returning(two_step::failures)
        .get_result(connection)?)
}

/// Counts a wrong code of the app from a browser that is not known. Returns how many of these there
/// were in a row.
pub fn count_untrusted_failure(
    connection: &mut DbConnection,
    user: &UserId,
    now: NaiveDateTime,
) -> Result<i32> {
    Ok(diesel::update(two_step::table.find(user))
        .set((
            two_step::untrusted_failures.eq(two_step::untrusted_failures + 1),
            two_step::untrusted_failed_at.eq(now),
        ))
        .returning(two_step::untrusted_failures)
        .get_result(connection)?)
}

/// Sets the count of wrong codes back to zero, and if `untrusted` also that of browsers that are
/// not known.
pub fn forget_failures(
    connection: &mut DbConnection,
    user: &UserId,
    untrusted: bool,
) -> Result<()> {
    let none = two_step::failures.eq(0);
    let theirs = two_step::table.find(user);
    if untrusted {
        let nor_untrusted = (
            none,
            two_step::untrusted_failures.eq(0),
            two_step::untrusted_failed_at.eq(None::<NaiveDateTime>),
        );
        diesel::update(theirs).set(nor_untrusted).execute(connection)?;
    } else {
        diesel::update(theirs).set(none).execute(connection)?;
    }
    Ok(())
}

/// Notes that the code of this time step (30 seconds) is used. If several callers try at the same
/// time, only one gets `true`.
pub fn use_step(connection: &mut DbConnection, user: &UserId, step: i64) -> Result<bool> {
    let earlier = two_step::table.find(user).filter(two_step::last_step.lt(step));
    Ok(diesel::update(earlier).set(two_step::last_step.eq(step)).execute(connection)? == 1)
}

/// Turns two-step sign-in off, and deletes the recovery codes.
pub fn delete(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    Ok(diesel::delete(two_step::table.find(user)).execute(connection)? == 1)
}

/// Whether the last wrong code is dated after `time`.
pub fn is_any_after(connection: &mut DbConnection, time: NaiveDateTime) -> Result<bool> {
    let after = two_step::table.filter(two_step::untrusted_failed_at.gt(time));
    Ok(after.select(two_step::user_id).first::<UserId>(connection).optional()?.is_some())
}

/// Sets times that are after `time` to `now`.
pub fn pull_back(
    connection: &mut DbConnection,
    time: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(two_step::table.filter(two_step::untrusted_failed_at.gt(time)))
        .set(two_step::untrusted_failed_at.eq(now))
        .execute(connection)?;
    Ok(())
}

/// The users for whom signing in asks for a code.
pub fn users(connection: &mut DbConnection) -> Result<std::collections::HashSet<UserId>> {
    let ids: Vec<UserId> = two_step::table.select(two_step::user_id).load(connection)?;
    Ok(ids.into_iter().collect())
}
