//! How often a key was called, by hours and days of the reader's zone. Counts are stored by hours
//! in UTC. In zones that differ from UTC by half an hour, hours begin at half past, and one that
//! spans midnight belongs to the day in which it begins.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::Counts;
use super::noted::{day_of, hour_of};
use crate::db::{DbConnection, KeyId, Result, usage_hours};
use crate::domain::zone::Zone;
use crate::model::words;

words! {
    /// How far back the page of a key goes, in whole days of the reader, including today.
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
    pub fn days(self) -> u64 {
        match self {
            Self::TwoDays => 2,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// The first day; the last one is the day of `now`.
    fn first_date(self, zone: Zone, now: NaiveDateTime) -> NaiveDate {
        let today = zone.date_of(now);
        today.checked_sub_days(Days::new(self.days() - 1)).unwrap_or(today)
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
    pub date: NaiveDate,
    pub counts: Counts,
}

/// The first stored hour of the range. The last one is the hour of `now`.
pub fn first_hour(range: Range, zone: Zone, now: NaiveDateTime) -> NaiveDateTime {
    let begins = zone.start_of(range.first_date(zone, now)).unwrap_or_else(|| day_of(now));
    let hour = hour_of(begins);
    if hour < begins { hour + TimeDelta::hours(1) } else { hour }
}

/// The first day in UTC that has an hour of the range. Places are counted by days in UTC.
pub fn first_day(range: Range, zone: Zone, now: NaiveDateTime) -> NaiveDateTime {
    day_of(first_hour(range, zone, now))
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
    zone: Zone,
    now: NaiveDateTime,
) -> Result<Vec<Hour>> {
    let first = first_hour(range, zone, now);
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
    zone: Zone,
    now: NaiveDateTime,
) -> Result<Vec<Day>> {
    let mut called: HashMap<NaiveDate, Counts> = HashMap::new();
    for row in usage_hours::of_key(connection, key, first_hour(range, zone, now))? {
        *called.entry(zone.date_of(row.hour)).or_default() +=
            Counts::stored(row.accepted, row.refused);
    }
    let day = |date| Day { date, counts: called.get(&date).copied().unwrap_or_default() };
    let count = usize::try_from(range.days()).unwrap_or_default();
    Ok(range.first_date(zone, now).iter_days().take(count).map(day).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_begins_with_a_day_of_the_reader() {
        for (zone, now, hour, day) in [
            ("UTC", "2027-01-31 09:12:00", "2027-01-30 00:00:00", "2027-01-30 00:00:00"),
            ("Europe/Berlin", "2027-01-31 09:12:00", "2027-01-29 23:00:00", "2027-01-29 00:00:00"),
            // There it is the next day already.
            ("Europe/Berlin", "2027-01-31 23:12:00", "2027-01-30 23:00:00", "2027-01-30 00:00:00"),
            // The clocks were put forward on the 28th, which began at an hour of winter.
            ("Europe/Berlin", "2027-03-29 09:12:00", "2027-03-27 23:00:00", "2027-03-27 00:00:00"),
            ("Europe/Berlin", "2027-03-30 09:12:00", "2027-03-28 22:00:00", "2027-03-28 00:00:00"),
            // It begins at 18:30 UTC, in the middle of an hour that belongs to the day before.
            ("Asia/Kolkata", "2027-01-31 09:12:00", "2027-01-29 19:00:00", "2027-01-29 00:00:00"),
            (
                "America/New_York",
                "2027-01-31 02:00:00",
                "2027-01-29 05:00:00",
                "2027-01-29 00:00:00",
            ),
        ] {
            let (name, zone) = (zone, Zone::parse(zone).unwrap());
            let now = moment(now);
            assert_eq!(first_hour(Range::TwoDays, zone, now), moment(hour), "{name} {now}");
            assert_eq!(first_day(Range::TwoDays, zone, now), moment(day), "{name} {now}");
        }
    }

    fn moment(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }
}
