//! Table `usage_latest`: when each key was accepted and refused last.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use super::schema::usage_latest;
use super::upsert::{AT_ONCE, upsert};
use super::{DbConnection, EnvironmentId, KeyId, Kind, Result};

/// Where a row is there: the later of both.
macro_rules! later {
    () => {
        "(key_id) DO UPDATE SET \
            accepted_at = CASE WHEN usage_latest.accepted_at >= excluded.accepted_at OR excluded.accepted_at IS NULL \
                THEN usage_latest.accepted_at ELSE excluded.accepted_at END, \
            refused_at = CASE WHEN usage_latest.refused_at > excluded.refused_at OR excluded.refused_at IS NULL \
                THEN usage_latest.refused_at ELSE excluded.refused_at END, \
            refused_address = CASE WHEN usage_latest.refused_at > excluded.refused_at OR excluded.refused_at IS NULL \
                THEN usage_latest.refused_address ELSE excluded.refused_address END"
    };
}

/// And the key stands where it was called last, but not if it was not called, or this is so.
macro_rules! moved_unless {
    ($stays:literal) => {
        concat!(
            later!(),
            ", listed_at = CASE WHEN excluded.accepted_at IS NULL OR ",
            $stays,
            " THEN usage_latest.listed_at ELSE excluded.listed_at END"
        )
    };
}

/// Rows that are written at once while very many keys are called. Then a key moves in the order of
/// their last use only once in [`SOON`], and all of them to one moment: that order is an index, and
/// each move writes two of its pages; keys that move to one moment, in the order of their ids,
/// share pages.
const MANY: usize = 1000;
/// (PostgreSQL is told so in [`put`].)
const SOON: TimeDelta = TimeDelta::minutes(1);

/// The last calls with a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = usage_latest)]
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

/// Calls with a key, to be written.
#[derive(Debug, Insertable)]
#[diesel(table_name = usage_latest, treat_none_as_default_value = false)]
pub struct Called {
    /// `key_…`
    pub key_id: KeyId,
    pub environment_id: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    /// The last that was let through, UTC.
    pub accepted_at: Option<NaiveDateTime>,
    /// The last that was not, UTC.
    pub refused_at: Option<NaiveDateTime>,
    /// Where that one came from.
    pub refused_address: Option<String>,
    listed_at: Option<NaiveDateTime>,
}

impl Called {
    pub fn new(key_id: KeyId, environment_id: EnvironmentId, kind: Kind) -> Self {
        Self {
            key_id,
            environment_id,
            kind,
            accepted_at: None,
            refused_at: None,
            refused_address: None,
            listed_at: None,
        }
    }
}

/// Writes what is newer than what is known: another replica may have written later calls already.
/// Each key may be there once.
///
/// One place where the two differ: PostgreSQL moves keys in the same statement, and leaves the
/// index alone where one stays; SQLite writes an index whenever its column is set, also to what it
/// was, so that it moves keys in a second one.
pub fn put(connection: &mut DbConnection, mut rows: Vec<Called>) -> Result<()> {
    let newest = rows.iter().filter_map(|row| row.accepted_at).max();
    let together = newest.filter(|_| rows.len() >= MANY);
    for row in &mut rows {
        row.listed_at = row.accepted_at.and(together.or(row.accepted_at));
    }
    match (&*connection, together) {
        (DbConnection::Sqlite(_), _) => {
            let put: Result<()> = upsert!(connection, usage_latest, &rows, Called, later!());
            put?;
            let accepted: Vec<&KeyId> = rows
                .iter()
                .filter(|row| row.accepted_at.is_some())
                .map(|row| &row.key_id)
                .collect();
            accepted.chunks(AT_ONCE).try_for_each(|keys| move_up(connection, keys, together))
        }
        (DbConnection::Postgres(_), None) => {
            upsert!(
                connection,
                usage_latest,
                &rows,
                Called,
                moved_unless!("usage_latest.listed_at >= excluded.listed_at")
            )
        }
        (DbConnection::Postgres(_), Some(_)) => {
            upsert!(
                connection,
                usage_latest,
                &rows,
                Together,
                moved_unless!("usage_latest.listed_at > excluded.listed_at - INTERVAL '1 minute'")
            )
        }
    }
}

/// Names the statement that writes very many.
struct Together;

/// Moves keys that stand where they were called before: each to its last call, or all of them
/// together.
fn move_up(
    connection: &mut DbConnection,
    keys: &[&KeyId],
    together: Option<NaiveDateTime>,
) -> Result<()> {
    let these = usage_latest::table.filter(usage_latest::key_id.eq_any(keys.iter().copied()));
    let behind = these.filter(
        usage_latest::listed_at.is_null().or(usage_latest::listed_at.lt(usage_latest::accepted_at)),
    );
    match together {
        None => diesel::update(behind)
            .set(usage_latest::listed_at.eq(usage_latest::accepted_at))
            .execute(connection)?,
        Some(now) => {
            let behind = behind.filter(
                usage_latest::listed_at.is_null().or(usage_latest::listed_at.le(now - SOON)),
            );
            diesel::update(behind).set(usage_latest::listed_at.eq(now)).execute(connection)?
        }
    };
    Ok(())
}

/// The last calls with these keys, of those that were ever called, in any order.
pub fn of_keys(connection: &mut DbConnection, keys: &[KeyId]) -> Result<Vec<UsageLatest>> {
    Ok(usage_latest::table
        .filter(usage_latest::key_id.eq_any(keys))
        .select(UsageLatest::as_select())
        .load(connection)?)
}
