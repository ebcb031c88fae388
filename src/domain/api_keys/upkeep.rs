//! Notes what has expired, so that a clock that is set back can't revive it.

use chrono::NaiveDateTime;

use super::deleted::REMEMBERED;
use super::rotate::finish_overlap;
use crate::db::{DbConnection, Result, api_keys, rotated_secrets};

/// How many keys are changed in one transaction.
const AT_ONCE: i64 = 1000;

/// Whether [`upkeep`] would do something.
pub fn is_upkeep_due(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    lower_bound: NaiveDateTime,
) -> Result<bool> {
    api_keys::life::is_anything_due(connection, now, lower_bound - REMEMBERED)
}

/// Notes which keys and overlaps are over, and forgets the names of keys that were deleted long
/// ago, as of the [`lower_bound`](crate::domain::Clock::lower_bound) of the time. It handles at most a
/// thousand of each, so that nobody waits long for the writer. Returns whether there may be more.
pub fn upkeep(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    lower_bound: NaiveDateTime,
) -> Result<bool> {
    let mut done = [api_keys::life::mark_expired(connection, now, AT_ONCE)?, 0, 0];
    for id in rotated_secrets::keys_to_end(connection, now, AT_ONCE)? {
        // Somebody may have ended the overlap at this moment, and rotated the key again.
        if let Some(key) = api_keys::life::hold(connection, &id)?
            && rotated_secrets::overlapping(connection, &id)?
                .is_some_and(|former| former.valid_until <= now)
        {
            finish_overlap(connection, &key, now)?;
            done[1] += 1;
        }
    }
    done[2] = api_keys::life::forget_deleted(connection, lower_bound - REMEMBERED, AT_ONCE)?;
    Ok(done.into_iter().any(|done| i64::try_from(done).is_ok_and(|done| done >= AT_ONCE)))
}
