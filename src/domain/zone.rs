//! The time zone of whoever reads a page or fills a form in. What is stored is UTC.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// A zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    /// A zone by its name, like `Europe/Berlin`.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The day that a moment in UTC falls on.
    pub fn date_of(self, at: NaiveDateTime) -> NaiveDate {
        self.0.from_utc_datetime(&at).date_naive()
    }

    /// The local time in this zone at a time in UTC.
    pub fn clock(self, at: NaiveDateTime) -> NaiveDateTime {
        self.0.from_utc_datetime(&at).naive_local()
    }

    /// When a day begins, in UTC. `None` if the time can't be represented, or if the day was
    /// skipped because the zone moved across the date line.
    pub fn start_of(self, date: NaiveDate) -> Option<NaiveDateTime> {
        // Where clocks are put forward at midnight a day begins at 1:00.
        let begins = (0..24).find_map(|hour| {
            let local = date.and_time(NaiveTime::MIN) + TimeDelta::hours(hour);
            self.0.from_local_datetime(&local).earliest()
        })?;
        Some(begins.naive_utc())
    }

    /// The last second of a day, in UTC. `None` if the time can't be represented.
    pub fn end_of(self, date: NaiveDate) -> Option<NaiveDateTime> {
        let next = date.checked_add_days(Days::new(1))?;
        Some(self.start_of(next)? - TimeDelta::seconds(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_when_the_next_begins_there() {
        for (zone, date, end) in [
            ("UTC", "2027-01-31", "2027-01-31 23:59:59"),
            ("Europe/Berlin", "2027-01-31", "2027-01-31 22:59:59"),
            ("Europe/Berlin", "2027-03-28", "2027-03-28 21:59:59"), // a day of 23 hours
            ("Pacific/Kiritimati", "2027-01-31", "2027-01-31 09:59:59"),
            ("America/Los_Angeles", "2027-01-31", "2027-02-01 07:59:59"),
            ("Asia/Kolkata", "2027-01-31", "2027-01-31 18:29:59"),
            // Clocks were put forward at midnight: the day began at 1:00.
            ("America/Sao_Paulo", "2018-11-03", "2018-11-04 02:59:59"),
        ] {
            let (zone, date) = (Zone::parse(zone).unwrap(), date.parse().unwrap());
            let at = zone.end_of(date).unwrap();
            assert_eq!(at.to_string(), end, "{zone:?}");
            assert_eq!(zone.date_of(at), date, "{zone:?}");
            let begins = zone.start_of(date).unwrap();
            assert_eq!(zone.date_of(begins), date, "{zone:?}");
            assert!(zone.date_of(begins - TimeDelta::seconds(1)) < date, "{zone:?}");
        }
        assert_eq!(Zone::parse("Mars/Olympus"), None);
        assert_eq!(Zone::parse(""), None);
    }
}
