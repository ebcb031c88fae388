//! Table `usage_hours`: how often each key was accepted and refused, by hour.

use chrono::NaiveDateTime;
use diesel::dsl::min;
use diesel::prelude::*;

use super::schema::usage_hours;
use super::upsert::upsert;
use super::{DbConnection, KeyId, Result};

const ON_CONFLICT: &str = "(key_id, hour) DO UPDATE SET \
    accepted = usage_hours.accepted + excluded.accepted, refused = usage_hours.refused + excluded.refused";

/// About how many rows are deleted at once.
pub(super) const FORGOTTEN_AT_ONCE: i64 = 5000;

/// Calls with a key within an hour.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_hours)]
pub struct UsageHour {
    /// `key_…`
    pub key_id: KeyId,
    /// The beginning of the hour, UTC.
    pub hour: NaiveDateTime,
    /// The calls that were let through.
    pub accepted: i64,
    /// The calls that were refused.
    pub refused: i64,
}

/// Adds to the counts. Each pair of key and hour may occur once.
pub fn add(connection: &mut DbConnection, rows: &[UsageHour]) -> Result<()> {
    upsert!(connection, usage_hours, rows, UsageHour, ON_CONFLICT)
}

/// The hours from `since` on in which a key was called, the oldest first.
pub fn of_key(
    connection: &mut DbConnection,
    key: &KeyId,
    since: NaiveDateTime,
) -> Result<Vec<UsageHour>> {
    Ok(usage_hours::table
        .filter(usage_hours::key_id.eq(key).and(usage_hours::hour.ge(since)))
        .order(usage_hours::hour)
        .select(UsageHour::as_select())
        .load(connection)?)
}

/// Deletes some rows of the oldest hour, if it began before `oldest`. `false`: there is nothing to
/// delete. It deletes few at a time, so that nobody waits long for the writer.
pub fn forget_some(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<bool> {
    let first: Option<NaiveDateTime> =
        usage_hours::table.select(min(usage_hours::hour)).first(connection)?;
    let Some(first) = first.filter(|first| *first < oldest) else { return Ok(false) };
    let old = usage_hours::table.filter(usage_hours::hour.eq(first));
    let some: Vec<KeyId> =
        old.select(usage_hours::key_id).limit(FORGOTTEN_AT_ONCE).load(connection)?;
    Ok(diesel::delete(old.filter(usage_hours::key_id.eq_any(some))).execute(connection)? > 0)
}
