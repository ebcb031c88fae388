//! Table `usage_latest`: when each key was accepted and refused last.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use super::schema::usage_latest;
use super::upsert::{AT_ONCE, upsert};
use super::{DbConnection, EnvironmentId, KeyId, Kind, Result};

/// What is set when the row exists already: the later of both times.
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

/// In addition, moves the key to its last call in the order of last use, unless it was not called,
/// or the condition `$stays` is true.
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

/// From this many rows on, very many keys are being called at once. Then a key moves in the order
/// of last use only once in [`SOON`], and all keys move to the same time. That order is an index,
/// and each move writes two of its pages; keys that move to the same time stand in the order of
/// their ids and share pages.
const MANY: usize = 1000;
/// The least time between two moves of a key. (The SQL in [`put`] has the same time for
/// PostgreSQL.)
const SOON: TimeDelta = TimeDelta::minutes(1);

/// The last calls with a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = usage_latest)]
pub struct UsageLatest {
    /// `key_…`
    pub key_id: KeyId,
    /// When the last accepted call came, UTC.
    pub accepted_at: Option<NaiveDateTime>,
    /// When the last refused call came, UTC.
    pub refused_at: Option<NaiveDateTime>,
    /// The address that the refused call came from.
    pub refused_address: Option<String>,
}

/// The latest calls with a key, to be written.
#[derive(Debug, Insertable)]
#[diesel(table_name = usage_latest, treat_none_as_default_value = false)]
pub struct Called {
    /// `key_…`
    pub key_id: KeyId,
    pub environment_id: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    /// When the last accepted call came, UTC.
    pub accepted_at: Option<NaiveDateTime>,
    /// When the last refused call came, UTC.
    pub refused_at: Option<NaiveDateTime>,
    /// The address that the refused call came from.
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

/// Writes what is newer than what is stored: another replica may have written later calls already.
/// Each key may occur once.
///
/// The databases differ here. PostgreSQL moves keys in the same statement, and leaves the index
/// alone for a key that stays. SQLite writes an index whenever one of its columns is set, even to
/// the same value, so it moves keys in a second statement.
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

/// A type that gives the upsert of very many rows a statement of its own.
struct Together;

/// Moves keys whose place in the order of last use is out of date: each key to its own last call,
/// or all of them to the same time.
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

/// The last calls with each of these keys, in any order. Keys that were never called are left out.
pub fn of_keys(connection: &mut DbConnection, keys: &[KeyId]) -> Result<Vec<UsageLatest>> {
    Ok(usage_latest::table
        .filter(usage_latest::key_id.eq_any(keys))
        .select(UsageLatest::as_select())
        .load(connection)?)
}
