//! Table `usage_value_places`: where each of two values of a key was called from, and when last.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::min;
use diesel::prelude::*;

use super::schema::usage_value_places;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, PlaceKind, Result};

const ON_CONFLICT: &str = "(digest, kind, place) DO UPDATE SET \
    accepted = excluded.accepted, refused = excluded.refused, last_at = excluded.last_at";

/// What is forgotten at once.
const SPAN: TimeDelta = TimeDelta::hours(1);

/// Calls with a value from one place.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_value_places)]
pub struct UsageValuePlace {
    /// Stands for a value of a key: SHA-256 of the key's id and the value's digest.
    pub digest: Vec<u8>,
    /// Address or origin.
    pub kind: PlaceKind,
    /// Empty: all others.
    pub place: String,
    /// Calls that were let through.
    pub accepted: i64,
    /// Calls that were not.
    pub refused: i64,
    /// The last one, UTC.
    pub last_at: NaiveDateTime,
}

/// Writes these rows, whatever was there before. Each value, kind and place may be there once.
pub fn put(connection: &mut DbConnection, rows: &[UsageValuePlace]) -> Result<()> {
    upsert!(connection, usage_value_places, rows, UsageValuePlace, ON_CONFLICT)
}

/// Removes the row of a place, which counts among the others from now on.
pub fn remove(
    connection: &mut DbConnection,
    digest: &[u8],
    kind: PlaceKind,
    place: &str,
) -> Result<()> {
    diesel::delete(usage_value_places::table.find((digest, kind, place))).execute(connection)?;
    Ok(())
}

/// The places of these values.
pub fn of_values(connection: &mut DbConnection, digests: &[&[u8]]) -> Result<Vec<UsageValuePlace>> {
    Ok(usage_value_places::table
        .filter(usage_value_places::digest.eq_any(digests))
        .select(UsageValuePlace::as_select())
        .load(connection)?)
}

/// Forgets some of those that were called last within the oldest hour, if that was before `oldest`;
/// `false` when there is nothing to forget.
pub fn forget_some(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<bool> {
    let first: Option<NaiveDateTime> =
        usage_value_places::table.select(min(usage_value_places::last_at)).first(connection)?;
    let Some(first) = first.filter(|first| *first < oldest) else { return Ok(false) };
    let old =
        usage_value_places::table.filter(usage_value_places::last_at.lt(oldest.min(first + SPAN)));
    let some: Vec<Vec<u8>> =
        old.select(usage_value_places::digest).limit(FORGOTTEN_AT_ONCE).load(connection)?;
    Ok(diesel::delete(old.filter(usage_value_places::digest.eq_any(some))).execute(connection)? > 0)
}
