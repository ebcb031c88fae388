//! What time does to keys, noted for good: a clock that jumps back revives nothing.

use chrono::NaiveDateTime;

use super::deleted::REMEMBERED;
use super::rotate::finish_overlap;
use crate::db::{DbConnection, Result, api_keys_life, rotated_secrets};

/// Whether [`upkeep`] would do something.
pub fn is_upkeep_due(connection: &mut DbConnection, now: NaiveDateTime, surely: NaiveDateTime) -> Result<bool> {
    api_keys_life::is_anything_due(connection, now, surely - REMEMBERED)
}

/// Notes which keys and which overlaps are over, and forgets what deleted keys were known by, as of a time that has
/// [`surely`](crate::domain::Clock::surely) come.
pub fn upkeep(connection: &mut DbConnection, now: NaiveDateTime, surely: NaiveDateTime) -> Result<()> {
    api_keys_life::mark_expired(connection, now)?;
    for id in rotated_secrets::keys_to_end(connection, now)? {
        // Somebody may have ended it this moment, and rotated again.
        if let Some(key) = api_keys_life::hold(connection, &id)?
            && rotated_secrets::overlapping(connection, &id)?.is_some_and(|former| former.valid_until <= now)
        {
            finish_overlap(connection, &key, now)?;
        }
    }
    api_keys_life::forget_deleted(connection, surely - REMEMBERED)
}
