//! Forgetting gateways that do not ask any more.

use chrono::NaiveDateTime;

use super::KEPT;
use crate::db::{DbConnection, Result, gateways_seen};

/// Rows that are kept in all: of more, strangers are forgotten first. (Each address has a bound of
/// its own, but there may be very many addresses.)
const ROWS: i64 = 50_000;

/// Forgets some of those that are too old, in the caller's transaction; `false`: there are none. A
/// little at a time, so that nobody waits long for the writer.
pub fn prune(connection: &mut DbConnection, now: NaiveDateTime) -> Result<bool> {
    gateways_seen::forget_some(connection, now - KEPT, ROWS)
}
