//! Who still calls a deleted key.

use chrono::{NaiveDateTime, TimeDelta};

use super::{Range, first_hour};

/// A call with a value that was replaced that is no longer ago than this is one that goes on.
pub const LATELY: TimeDelta = TimeDelta::hours(24);

/// Calls that were refused since a key was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// In the last 24 hours.
    pub day: u64,
    pub total: u64,
    /// The last one.
    pub last: NaiveDateTime,
    /// Where that one came from.
    pub address: Option<String>,
}

impl Refused {
    /// Whether that goes on: there is one in [`Self::day`].
    pub fn still(&self, now: NaiveDateTime) -> bool {
        self.last >= first_hour(Range::Day, now)
    }
}
