//! Deletes gateways that have not asked for long.

use chrono::NaiveDateTime;

use super::KEPT;
use crate::db::{DbConnection, Result, gateways_seen};

/// How many rows are kept in total. If there are more, strangers are deleted first. (Each address
/// has its own limit, but there may be very many addresses.)
const ROWS: i64 = 50_000;

/// Deletes some rows that are too old, in the caller's transaction. `false`: there are none. It
/// deletes few at a time, so that nobody waits long for the writer.
pub fn prune(connection: &mut DbConnection, now: NaiveDateTime) -> Result<bool> {
    gateways_seen::forget_some(connection, now - KEPT, ROWS)
}
