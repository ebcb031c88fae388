//! Table `usage_latest`: when each key was accepted and refused last.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use super::schema::usage_latest;
use super::upsert::upsert;
use super::{DbConnection, KeyId, Result};

const ON_CONFLICT: &str = "(key_id) DO UPDATE SET \
    accepted_at = CASE WHEN usage_latest.accepted_at >= excluded.accepted_at OR excluded.accepted_at IS NULL \
        THEN usage_latest.accepted_at ELSE excluded.accepted_at END, \
    refused_at = CASE WHEN usage_latest.refused_at > excluded.refused_at OR excluded.refused_at IS NULL \
        THEN usage_latest.refused_at ELSE excluded.refused_at END, \
    refused_address = CASE WHEN usage_latest.refused_at > excluded.refused_at OR excluded.refused_at IS NULL \
        THEN usage_latest.refused_address ELSE excluded.refused_address END";

/// Whose the keys are that were never called before: looked up once, and not with each call.
const WHOSE: &str = "UPDATE usage_latest SET \
    environment_id = coalesce((SELECT environment_id FROM api_keys WHERE id = key_id), ''), \
    kind = coalesce((SELECT kind FROM api_keys WHERE id = key_id), '') \
    WHERE environment_id IS NULL";

/// Where a key that was there until then stands anew; its row is there.
const MOVE: &str = "(key_id) DO UPDATE SET listed_at = usage_latest.accepted_at \
    WHERE usage_latest.listed_at IS NULL \
        OR (usage_latest.listed_at < usage_latest.accepted_at AND usage_latest.listed_at <= excluded.listed_at)";

/// Rows that are written at once while very many keys are called. Then a key moves in the order of their last use only once
/// in [`SOON`]: that order is an index, and each move writes two of its pages, wherever they are.
const MANY: usize = 1000;
const SOON: TimeDelta = TimeDelta::minutes(1);

/// The last calls with a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = usage_latest, treat_none_as_default_value = false)]
pub struct UsageLatest {
    /// `key_…`
    pub key_id: KeyId,
    /// The last call that was let through, UTC.
    pub accepted_at: Option<NaiveDateTime>,
    /// The last call that was not, UTC.
    pub refused_at: Option<NaiveDateTime>,
    /// Where that one came from.
    pub refused_address: Option<String>,
}

/// A key that was called, and until when it must have stood to move.
#[derive(Insertable)]
#[diesel(table_name = usage_latest, treat_none_as_default_value = false)]
struct Listed {
    key_id: KeyId,
    listed_at: Option<NaiveDateTime>,
}

/// Writes what is newer than what is known: another replica may have written later calls already. Each key may be there
/// once.
pub fn put(connection: &mut DbConnection, rows: &[UsageLatest]) -> Result<()> {
    let put: Result<()> = upsert!(connection, usage_latest, rows, UsageLatest, ON_CONFLICT);
    put?;
    diesel::sql_query(WHOSE).execute(connection)?;
    put_in_order(connection, rows)
}

fn put_in_order(connection: &mut DbConnection, rows: &[UsageLatest]) -> Result<()> {
    let accepted = || rows.iter().filter(|row| row.accepted_at.is_some());
    let newest = accepted().filter_map(|row| row.accepted_at).max();
    let before = if rows.len() < MANY { newest } else { newest.map(|newest| newest - SOON) };
    let rows: Vec<Listed> = accepted().map(|row| Listed { key_id: row.key_id.clone(), listed_at: before }).collect();
    upsert!(connection, usage_latest, &rows, Listed, MOVE)
}

/// The last calls with these keys, of those that were ever called, in any order.
pub fn of_keys(connection: &mut DbConnection, keys: &[KeyId]) -> Result<Vec<UsageLatest>> {
    Ok(usage_latest::table.filter(usage_latest::key_id.eq_any(keys)).select(UsageLatest::as_select()).load(connection)?)
}
