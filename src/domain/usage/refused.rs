//! Who still calls a deleted key.

use chrono::{NaiveDateTime, TimeDelta};

use super::noted::hour_of;
use super::{Range, latest};
use crate::db::{DbConnection, KeyId, Result, usage_hours};

/// A call with a deleted key that is no longer ago than this is one that goes on.
pub const LATELY: TimeDelta = TimeDelta::hours(24);

/// Calls that were refused since a key was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// In the last 24 hours.
    pub day: u64,
    /// Altogether.
    pub total: u64,
    /// The last one.
    pub last: NaiveDateTime,
    /// Where that one came from.
    pub address: Option<String>,
}

impl Refused {
    /// Whether that goes on.
    pub fn still(&self, now: NaiveDateTime) -> bool {
        self.last >= now - LATELY
    }
}

/// The calls since a key was deleted, in whole hours; `None`: there are none.
pub fn refused_since(connection: &mut DbConnection, key: &KeyId, deleted: NaiveDateTime, now: NaiveDateTime) -> Result<Option<Refused>> {
    let Some(latest) = latest(connection, key)? else { return Ok(None) };
    let Some(last) = latest.refused_at.filter(|at| *at >= deleted) else { return Ok(None) };
    let day = hour_of(now) - TimeDelta::hours(Range::Day.hours());
    let mut refused = Refused { day: 0, total: 0, last, address: latest.refused_address };
    for row in usage_hours::of_key(connection, key, hour_of(deleted))? {
        let count = u64::try_from(row.refused).unwrap_or(0);
        refused.total += count;
        if row.hour >= day {
            refused.day += count;
        }
    }
    Ok(Some(refused))
}
