//! How often a key was called, over time.

use std::collections::HashMap;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::Counts;
use super::noted::{day_of, hour_of};
use crate::db::{DbConnection, KeyId, Result, usage_hours};
use crate::model::words;

words! {
    /// How far back the page of a key looks: whole days of UTC, today's included. Where a key was
    /// called from is counted by day, and the chart shall tell of the same calls.
    pub enum Range {
        /// Today and yesterday, drawn by hour.
        TwoDays = "2d",
        Week = "7d",
        Month = "30d",
        Quarter = "90d",
    }
}

impl Range {
    /// How many days that is.
    pub fn days(self) -> i64 {
        match self {
            Self::TwoDays => 2,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
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

/// The first day of the range; the last one is the day of `now`.
pub fn first_day(range: Range, now: NaiveDateTime) -> NaiveDateTime {
    day_of(now) - TimeDelta::days(range.days() - 1)
}

/// The first of the last 24 hours; the last one is the hour of `now`. So a number is the same
/// wherever it stands.
pub fn last_day(now: NaiveDateTime) -> NaiveDateTime {
    hour_of(now) - TimeDelta::hours(23)
}

/// The first hour of the last seven days.
pub(super) fn last_week(now: NaiveDateTime) -> NaiveDateTime {
    hour_of(now) - TimeDelta::hours(7 * 24 - 1)
}

/// Every hour of the range, oldest first; the last one is the hour of `now`.
pub fn series(
    connection: &mut DbConnection,
    key: &KeyId,
    range: Range,
    now: NaiveDateTime,
) -> Result<Vec<Hour>> {
    let first = first_day(range, now);
    let called: HashMap<NaiveDateTime, Counts> = usage_hours::of_key(connection, key, first)?
        .into_iter()
        .map(|row| (row.hour, Counts::stored(row.accepted, row.refused)))
        .collect();
    let count = (hour_of(now) - first).num_hours() + 1;
    let hours = (0..count).map(|n| first + TimeDelta::hours(n));
    Ok(hours.map(|at| Hour { at, counts: called.get(&at).copied().unwrap_or_default() }).collect())
}

/// The days of the range, the oldest first. The last one is the day of `now`.
pub fn days(
    connection: &mut DbConnection,
    key: &KeyId,
    range: Range,
    now: NaiveDateTime,
) -> Result<Vec<Day>> {
    let first = first_day(range, now);
    let called: HashMap<NaiveDateTime, Counts> = usage_hours::by_day(connection, key, first)?
        .into_iter()
        .map(|(day, accepted, refused)| {
            (day.and_time(NaiveTime::MIN), Counts::stored(accepted, refused))
        })
        .collect();
    let days = (0..range.days()).map(|n| first + TimeDelta::days(n));
    Ok(days.map(|at| Day { at, counts: called.get(&at).copied().unwrap_or_default() }).collect())
}

/// Calls lately, in whole hours.
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
    for row in usage_hours::of_key(connection, key, last_week(now))? {
        let counts = Counts::stored(row.accepted, row.refused);
        totals.week += counts;
        if row.hour >= last_day(now) {
            totals.day += counts;
        }
    }
    Ok(totals)
}
