//! Table `usage_value_places`: from where each of the two values of a key in an overlap was called,
//! and when it last was.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::min;
use diesel::prelude::*;

use super::schema::usage_value_places;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, PlaceKind, Result};

const ON_CONFLICT: &str = "(digest, kind, place) DO UPDATE SET \
    accepted = excluded.accepted, refused = excluded.refused, last_at = excluded.last_at";

/// How long a span of time is deleted at once.
const SPAN: TimeDelta = TimeDelta::hours(1);

/// Calls with a value from one place.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_value_places)]
pub struct UsageValuePlace {
    /// Identifies a value of a key: SHA-256 of the key's id and the value's digest.
    pub digest: Vec<u8>,
    /// Whether the place is an address or an origin.
    pub kind: PlaceKind,
    /// Empty: all places that are not kept by themselves.
    pub place: String,
    /// The calls that were let through.
    pub accepted: i64,
    /// The calls that were refused.
    pub refused: i64,
    /// When the last call came, UTC.
    pub last_at: NaiveDateTime,
}

/// Writes these rows over those that are there. Each combination of value, kind and place may occur
/// once.
pub fn put(connection: &mut DbConnection, rows: &[UsageValuePlace]) -> Result<()> {
    upsert!(connection, usage_value_places, rows, UsageValuePlace, ON_CONFLICT)
}

/// Removes the row of a place. Its calls are counted with all others from now on.
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

/// Deletes the rows that were last called within the oldest hour, if that was before `oldest`.
/// `false`: there is nothing to delete.
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
