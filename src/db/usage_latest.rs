//! Table `usage_latest`: when each key was accepted and refused last.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::upsert::excluded;

use super::schema::usage_latest;
use super::{DbConnection, KeyId, Result};

/// Rows that PostgreSQL takes in one statement.
const AT_ONCE: usize = 1000;

/// The last calls with a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
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

/// Writes these rows, whatever was there before. Each key may be there once.
pub fn put(connection: &mut DbConnection, rows: &[UsageLatest]) -> Result<()> {
    macro_rules! upsert {
        ($rows:expr) => {
            diesel::insert_into(usage_latest::table).values($rows).on_conflict(usage_latest::key_id).do_update().set((
                usage_latest::accepted_at.eq(excluded(usage_latest::accepted_at)),
                usage_latest::refused_at.eq(excluded(usage_latest::refused_at)),
                usage_latest::refused_address.eq(excluded(usage_latest::refused_address)),
            ))
        };
    }
    match connection {
        DbConnection::Sqlite(connection) => {
            for row in rows {
                upsert!(row).execute(connection)?;
            }
        }
        DbConnection::Postgres(connection) => {
            for rows in rows.chunks(AT_ONCE) {
                upsert!(rows).execute(connection)?;
            }
        }
    }
    Ok(())
}

/// The last calls with these keys, of those that were ever called, in any order.
pub fn of_keys(connection: &mut DbConnection, keys: &[KeyId]) -> Result<Vec<UsageLatest>> {
    Ok(usage_latest::table.filter(usage_latest::key_id.eq_any(keys)).select(UsageLatest::as_select()).load(connection)?)
}
