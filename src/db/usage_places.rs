//! Table `usage_places`: where each key was used from, by day.

use chrono::NaiveDateTime;
use diesel::dsl::{min, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::usage_places;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, KeyId, PlaceKind, Result};

const ON_CONFLICT: &str = "(key_id, day, kind, place) DO UPDATE SET \
    accepted = usage_places.accepted + excluded.accepted, refused = usage_places.refused + excluded.refused";

/// Calls with a key from one place within a day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_places)]
pub struct UsagePlace {
    /// `key_…`
    pub key_id: KeyId,
    /// The beginning of the day, UTC.
    pub day: NaiveDateTime,
    /// Whether the place is an address or an origin.
    pub kind: PlaceKind,
    /// Empty: all places that are not kept by themselves.
    pub place: String,
    /// The calls that were let through.
    pub accepted: i64,
    /// The calls that were refused.
    pub refused: i64,
}

/// Adds to the counts. Each combination of key, day, kind and place may occur once.
pub fn add(connection: &mut DbConnection, rows: &[UsagePlace]) -> Result<()> {
    upsert!(connection, usage_places, rows, UsagePlace, ON_CONFLICT)
}

/// The places that are kept for these keys on these days, without the rows for all others.
pub fn known(
    connection: &mut DbConnection,
    keys: &[KeyId],
    days: &[NaiveDateTime],
) -> Result<Vec<(KeyId, NaiveDateTime, PlaceKind, String)>> {
    Ok(usage_places::table
        .filter(usage_places::key_id.eq_any(keys))
        .filter(usage_places::day.eq_any(days))
        .filter(usage_places::place.ne(""))
        .select((usage_places::key_id, usage_places::day, usage_places::kind, usage_places::place))
        .load(connection)?)
}

/// The places that a key was called from since the day `since`, with the numbers of accepted and
/// refused calls, in any order.
pub fn of_key(
    connection: &mut DbConnection,
    key: &KeyId,
    kind: PlaceKind,
    since: NaiveDateTime,
) -> Result<Vec<(String, i64, i64)>> {
    Ok(usage_places::table
        .filter(
            usage_places::key_id
                .eq(key)
                .and(usage_places::day.ge(since))
                .and(usage_places::kind.eq(kind)),
        )
        .group_by(usage_places::place)
        .select((
            usage_places::place,
            sql::<BigInt>("CAST(SUM(accepted) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(refused) AS BIGINT)"),
        ))
        .load(connection)?)
}

/// Deletes some rows of the oldest day, if it began before `oldest`. `false`: there is nothing to
/// delete. It deletes few at a time, so that nobody waits long for the writer.
pub fn forget_some(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<bool> {
    let first: Option<NaiveDateTime> =
        usage_places::table.select(min(usage_places::day)).first(connection)?;
    let Some(first) = first.filter(|first| *first < oldest) else { return Ok(false) };
    let old = usage_places::table.filter(usage_places::day.eq(first));
    let some: Vec<KeyId> =
        old.select(usage_places::key_id).limit(FORGOTTEN_AT_ONCE).load(connection)?;
    Ok(diesel::delete(old.filter(usage_places::key_id.eq_any(some))).execute(connection)? > 0)
}
