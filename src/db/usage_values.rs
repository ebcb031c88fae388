//! Table `usage_values`: how often each of the two values of a key in an overlap was called lately,
//! in slots of five minutes.

use chrono::NaiveDateTime;
use diesel::dsl::min;
use diesel::prelude::*;

use super::schema::{usage_value_places, usage_values};
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, Result};

const ON_CONFLICT: &str = "(digest, slot) DO UPDATE SET \
    accepted = usage_values.accepted + excluded.accepted, refused = usage_values.refused + excluded.refused";

/// Calls with a value within a slot.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_values)]
pub struct UsageValue {
    /// Identifies a value of a key: SHA-256 of the key's id and the value's digest.
    pub digest: Vec<u8>,
    /// The beginning of the slot, UTC.
    pub slot: NaiveDateTime,
    /// The calls that were let through.
    pub accepted: i64,
    /// The calls that were refused.
    pub refused: i64,
}

/// Adds to the counts. Each pair of value and slot may occur once.
pub fn add(connection: &mut DbConnection, rows: &[UsageValue]) -> Result<()> {
    upsert!(connection, usage_values, rows, UsageValue, ON_CONFLICT)
}

/// The slots from `since` on in which a value was called, the oldest first.
pub fn of_value(
    connection: &mut DbConnection,
    digest: &[u8],
    since: NaiveDateTime,
) -> Result<Vec<UsageValue>> {
    Ok(usage_values::table
        .filter(usage_values::digest.eq(digest).and(usage_values::slot.ge(since)))
        .order(usage_values::slot)
        .select(UsageValue::as_select())
        .load(connection)?)
}

/// Deletes everything about the calls with a value.
pub fn forget(connection: &mut DbConnection, digest: &[u8]) -> Result<()> {
    diesel::delete(usage_values::table.filter(usage_values::digest.eq(digest)))
        .execute(connection)?;
    diesel::delete(usage_value_places::table.filter(usage_value_places::digest.eq(digest)))
        .execute(connection)?;
    Ok(())
}

/// Deletes some rows of the oldest slot, if it began before `oldest`. `false`: there is nothing to
/// delete. It deletes few at a time, so that nobody waits long for the writer.
pub fn forget_some(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<bool> {
    let first: Option<NaiveDateTime> =
        usage_values::table.select(min(usage_values::slot)).first(connection)?;
    let Some(first) = first.filter(|first| *first < oldest) else { return Ok(false) };
    let old = usage_values::table.filter(usage_values::slot.eq(first));
    let some: Vec<Vec<u8>> =
        old.select(usage_values::digest).limit(FORGOTTEN_AT_ONCE).load(connection)?;
    Ok(diesel::delete(old.filter(usage_values::digest.eq_any(some))).execute(connection)? > 0)
}
