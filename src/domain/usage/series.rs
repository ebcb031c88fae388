//! How often a key was called, over time.

use std::collections::HashMap;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::Counts;
use super::noted::{day_of, hour_of};
use crate::db::{DbConnection, KeyId, Result, usage_hours};
use crate::model::words;

words! {
    /// How far back to look.
    pub enum Range {
        Day = "24h",
        Week = "7d",
        Month = "30d",
        Quarter = "90d",
    }
}

impl Range {
    /// The number of hours in the range.
    pub fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Quarter => 90 * 24,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// The beginning of the hour, UTC.
    pub at: NaiveDateTime,
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The beginning of the day, UTC.
    pub at: NaiveDateTime,
    pub counts: Counts,
}

/// The first hour of the range; the last one is the hour of `now`. All pages use this, so that a
/// number is the same wherever it is shown.
pub fn first_hour(range: Range, now: NaiveDateTime) -> NaiveDateTime {
    hour_of(now) - TimeDelta::hours(range.hours() - 1)
}

/// Every hour of the range, the oldest first.
pub fn series(
    connection: &mut DbConnection,
    key: &KeyId,
    range: Range,
    now: NaiveDateTime,
) -> Result<Vec<Hour>> {
    let first = first_hour(range, now);
    let called: HashMap<NaiveDateTime, Counts> = usage_hours::of_key(connection, key, first)?
        .into_iter()
        .map(|row| (row.hour, Counts::stored(row.accepted, row.refused)))
        .collect();
    let hours = (0..range.hours()).map(|n| first + TimeDelta::hours(n));
    Ok(hours.map(|at| Hour { at, counts: called.get(&at).copied().unwrap_or_default() }).collect())
}

/// The days of the range, the oldest first. The last one is the day of `now`.
pub fn days(
    connection: &mut DbConnection,
    key: &KeyId,
    range: Range,
    now: NaiveDateTime,
) -> Result<Vec<Day>> {
    let count = range.hours() / 24;
    let first = day_of(now) - TimeDelta::days(count - 1);
    let called: HashMap<NaiveDateTime, Counts> = usage_hours::by_day(connection, key, first)?
        .into_iter()
        .map(|(day, accepted, refused)| {
            (day.and_time(NaiveTime::MIN), Counts::stored(accepted, refused))
        })
        .collect();
    let days = (0..count).map(|n| first + TimeDelta::days(n));
    Ok(days.map(|at| Day { at, counts: called.get(&at).copied().unwrap_or_default() }).collect())
}

/// Recent calls, in whole hours as in [`series`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// The calls of the last 24 hours.
    pub day: Counts,
    /// The calls of the last 7 days.
    pub week: Counts,
}

/// How often a key was called recently.
pub fn totals(connection: &mut DbConnection, key: &KeyId, now: NaiveDateTime) -> Result<Totals> {
    let mut totals = Totals::default();
    for row in usage_hours::of_key(connection, key, first_hour(Range::Week, now))? {
        let counts = Counts::stored(row.accepted, row.refused);
        totals.week += counts;
        if row.hour >= first_hour(Range::Day, now) {
            totals.day += counts;
        }
    }
    Ok(totals)
}
