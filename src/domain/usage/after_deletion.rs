//! The calls of deleted keys.

use chrono::{NaiveDateTime, TimeDelta};

use super::last_day;

/// A deleted key, or a replaced value, counts as still called if its last call is not longer ago
/// than this.
pub const LATELY: TimeDelta = TimeDelta::hours(24);

/// The calls that were refused since a key was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsAfterDeletion {
    /// How many came in the last 24 hours.
    pub day: u64,
    pub total: u64,
    /// When the last one came.
    pub last: NaiveDateTime,
    /// The address that the last one came from.
    pub address: Option<String>,
}

impl CallsAfterDeletion {
    /// Whether the key is still called: whether any of the calls in [`Self::day`] is left.
    pub fn still(&self, now: NaiveDateTime) -> bool {
        self.last >= last_day(now)
    }
}
