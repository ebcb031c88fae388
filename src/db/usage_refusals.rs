//! Table `usage_refusals`: why calls with a key were refused, by hour.

use chrono::NaiveDateTime;
use diesel::dsl::{min, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use super::schema::usage_refusals;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, KeyId, RefusalReason, Result};

const ON_CONFLICT: &str =
    "(key_id, hour, reason) DO UPDATE SET calls = usage_refusals.calls + excluded.calls";

/// How many calls with a key were refused for one reason within an hour.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = usage_refusals)]
pub struct UsageRefusal {
    /// `key_…`
    pub key_id: KeyId,
    /// The beginning of the hour, UTC.
    pub hour: NaiveDateTime,
    pub reason: RefusalReason,
    pub calls: i64,
}

/// Adds to the counts. Each combination of key, hour and reason may occur once.
pub fn add(connection: &mut DbConnection, rows: &[UsageRefusal]) -> Result<()> {
    upsert!(connection, usage_refusals, rows, UsageRefusal, ON_CONFLICT)
}

/// How many calls with a key were refused from `since` on, by reason.
pub fn of_key(
    connection: &mut DbConnection,
    key: &KeyId,
    since: NaiveDateTime,
) -> Result<Vec<(RefusalReason, i64)>> {
    Ok(usage_refusals::table
        .filter(usage_refusals::key_id.eq(key).and(usage_refusals::hour.ge(since)))
        .group_by(usage_refusals::reason)
        .order(usage_refusals::reason)
        .select((usage_refusals::reason, sql::<BigInt>("CAST(SUM(calls) AS BIGINT)")))
        .load(connection)?)
}

/// How often calls with these keys were refused because they are deleted: in the hours from `lately`
/// on, and altogether. What was refused before for another reason is not the deletion's. In any
/// order, without those that nobody called.
pub fn of_deleted(
    connection: &mut DbConnection,
    keys: &[KeyId],
    lately: NaiveDateTime,
) -> Result<Vec<(KeyId, i64, i64)>> {
    let since = sql::<BigInt>("CAST(SUM(CASE WHEN hour >= ")
        .bind::<Timestamp, _>(lately)
        .sql(" THEN calls ELSE 0 END) AS BIGINT)");
    Ok(usage_refusals::table
        .filter(usage_refusals::key_id.eq_any(keys))
        .filter(usage_refusals::reason.eq(RefusalReason::Deleted))
        .group_by(usage_refusals::key_id)
        .select((usage_refusals::key_id, since, sql::<BigInt>("CAST(SUM(calls) AS BIGINT)")))
        .load(connection)?)
}

/// Deletes some rows of the oldest hour, if it began before `oldest`. `false`: there is nothing to
/// delete. It deletes few at a time, so that nobody waits long for the writer.
pub fn forget_some(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<bool> {
    let first: Option<NaiveDateTime> =
        usage_refusals::table.select(min(usage_refusals::hour)).first(connection)?;
    let Some(first) = first.filter(|first| *first < oldest) else { return Ok(false) };
    let old = usage_refusals::table.filter(usage_refusals::hour.eq(first));
    let some: Vec<KeyId> =
        old.select(usage_refusals::key_id).limit(FORGOTTEN_AT_ONCE).load(connection)?;
    Ok(diesel::delete(old.filter(usage_refusals::key_id.eq_any(some))).execute(connection)? > 0)
}
