//! What is dated ahead, because the clock was, counts as of now: otherwise a session would live,
//! and somebody be kept out, until the clock gets there again.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{DbConnection, Result, sessions, sign_in_failures, two_step};

/// The clocks of replicas differ a little.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Whether [`pull_back`] would do something.
pub fn is_any_ahead(connection: &mut DbConnection, now: NaiveDateTime) -> Result<bool> {
    Ok(sessions::is_any_after(connection, now + LEEWAY)?
        || sign_in_failures::is_any_after(connection, now + LEEWAY)?
        || two_step::is_any_after(connection, now + LEEWAY)?)
}

/// Dates sessions, failed sign-ins and wrong codes back.
pub fn pull_back(connection: &mut DbConnection, now: NaiveDateTime) -> Result<()> {
    sessions::pull_back(connection, now + LEEWAY, now)?;
    sign_in_failures::pull_back(connection, now + LEEWAY, now)?;
    two_step::pull_back(connection, now + LEEWAY, now)
}
