//! Deletes counts that are too old to be shown.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{
    DbConnection, Result, usage_hours, usage_places, usage_refusals, usage_value_places,
    usage_values,
};

/// How long hourly counts are kept: a year, and one more month to look back from its end.
const HOURS: TimeDelta = TimeDelta::days(400);
/// How long places are kept, which is as long as pages show them.
const PLACES: TimeDelta = TimeDelta::days(91);
/// How long the calls of a key's single values are kept, which is as long as pages show them.
const VALUES: TimeDelta = TimeDelta::hours(25);
/// How long the places are kept from which single values were called, which is as long as deleted
/// keys are listed.
const VALUE_PLACES: TimeDelta = TimeDelta::days(30);

/// What [`prune`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// It deleted something, and there may be more.
    Some,
    /// There was nothing to delete.
    Nothing,
}

/// Deletes some rows of the oldest hour, the oldest day and so on that are too old, in the caller's
/// transaction. It deletes few at a time, so that nobody waits long for the writer.
pub fn prune(connection: &mut DbConnection, now: NaiveDateTime) -> Result<Forgotten> {
    let hour = usage_hours::forget_some(connection, now - HOURS)?;
    let reason = usage_refusals::forget_some(connection, now - HOURS)?;
    let day = usage_places::forget_some(connection, now - PLACES)?;
    let slot = usage_values::forget_some(connection, now - VALUES)?;
    let callers = usage_value_places::forget_some(connection, now - VALUE_PLACES)?;
    Ok(if hour || reason || day || slot || callers { Forgotten::Some } else { Forgotten::Nothing })
}
