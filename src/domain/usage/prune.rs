//! Forgetting what is too old to be shown.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{
    DbConnection, Result, usage_hours, usage_places, usage_refusals, usage_value_places,
    usage_values,
};

/// How long hourly counts are kept: a year, and a month to look back from its end.
const HOURS: TimeDelta = TimeDelta::days(400);
/// How long places are kept: as long as pages show them.
const PLACES: TimeDelta = TimeDelta::days(91);
/// How long is kept how often one of two values was called: as long as pages show it.
const VALUES: TimeDelta = TimeDelta::hours(25);
/// How long is kept where such a value was called from: as long as is told of deleted keys.
const VALUE_PLACES: TimeDelta = TimeDelta::days(30);

/// What [`prune`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// Something; there may be more.
    Some,
    /// There is nothing to forget.
    Nothing,
}

/// Forgets some of the oldest hour, the oldest day and so on, in the caller's transaction, if they
/// are too old: a little at a time, so that nobody waits long for the writer.
pub fn prune(connection: &mut DbConnection, now: NaiveDateTime) -> Result<Forgotten> {
    let hour = usage_hours::forget_some(connection, now - HOURS)?;
    let reason = usage_refusals::forget_some(connection, now - HOURS)?;
    let day = usage_places::forget_some(connection, now - PLACES)?;
    let slot = usage_values::forget_some(connection, now - VALUES)?;
    let callers = usage_value_places::forget_some(connection, now - VALUE_PLACES)?;
    Ok(if hour || reason || day || slot || callers { Forgotten::Some } else { Forgotten::Nothing })
}
