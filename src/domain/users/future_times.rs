//! Corrects times that were stored while the clock was ahead: they count as of now. Otherwise a
//! session would stay valid, and somebody would stay locked out, until the clock gets there again.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{DbConnection, Result, sessions, sign_in_failures, two_step};

/// The clocks of replicas may differ by this much.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Whether [`pull_back`] would do something.
pub fn is_any_in_future(connection: &mut DbConnection, now: NaiveDateTime) -> Result<bool> {
    Ok(sessions::is_any_after(connection, now + LEEWAY)?
        || sign_in_failures::is_any_after(connection, now + LEEWAY)?
        || two_step::is_any_after(connection, now + LEEWAY)?)
}

/// Sets such times of sessions, failed sign-ins and wrong codes back to `now`.
pub fn pull_back(connection: &mut DbConnection, now: NaiveDateTime) -> Result<()> {
    sessions::pull_back(connection, now + LEEWAY, now)?;
    sign_in_failures::pull_back(connection, now + LEEWAY, now)?;
    two_step::pull_back(connection, now + LEEWAY, now)
}
