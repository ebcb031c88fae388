//! How long a key lives: for ever, for some days, or to the end of a day.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use super::{ApiKey, Kind};
use crate::db::{self, DbConnection, ProjectId, projects};
use crate::domain::zone::Zone;
use crate::model::KeyState;

/// The numbers of days that the form offers.
pub const OFFERED: [u16; 4] = [7, 30, 60, 90];
/// The most days that can be typed: a century.
const DAYS_MAX: u16 = 36_500;
/// The last year that has four digits, as all dates have.
const YEAR_END: i32 = 9999;

/// When a new key expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// This many days from now.
    Days(u16),
    /// At the end of this day in the zone of whoever chose it.
    On(NaiveDate, Zone),
    /// At this time, which is that of the key it replaces.
    At(NaiveDateTime),
}

/// Why a key can't expire at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// The text is neither a number of days nor a date.
    #[error("Enter a date like 2027-01-31.")]
    Nonsense,
    #[error("Choose a day that is not over yet.")]
    Past,
    /// The date is after the year 9999.
    #[error("Choose a day before the year 9999.")]
    TooFar,
    /// The project allows secret keys at most this many days.
    #[error("Secret keys of this project live {0} days at most.")]
    TooLong(u16),
}

impl Expiry {
    /// Parses a number of days.
    pub fn days(text: &str) -> Result<Self, ExpiryError> {
        let days = text.parse().ok().filter(|days| {
            (1..=DAYS_MAX).contains(days) && text.bytes().all(|b| b.is_ascii_digit())
        });
        days.map(Self::Days).ok_or(ExpiryError::Nonsense)
    }

    /// Parses a date as browsers send it, `2027-01-31`: a day in this zone.
    pub fn date(text: &str, zone: Zone) -> Result<Self, ExpiryError> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [year, month, day] = *parts else { return Err(ExpiryError::Nonsense) };
        let digits = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !(digits(year, 4) || digits(year, 5) || digits(year, 6))
            || !digits(month, 2)
            || !digits(day, 2)
        {
            return Err(ExpiryError::Nonsense);
        }
        let number = |part: &str| part.parse::<u32>().unwrap_or(0);
        if number(year) >= YEAR_END.unsigned_abs() {
            return Err(ExpiryError::TooFar);
        }
        let date = NaiveDate::from_ymd_opt(number(year).cast_signed(), number(month), number(day));
        date.map(|date| Self::On(date, zone)).ok_or(ExpiryError::Nonsense)
    }

    /// The time at which the key expires. On the last day that the project allows, the key may live
    /// to the end of that day.
    pub(super) fn at(
        self,
        longest: Option<u16>,
        now: NaiveDateTime,
    ) -> Result<NaiveDateTime, ExpiryError> {
        self.at_of_value(longest, now, now)
    }

    /// The same for a value that was made earlier, at `made`.
    pub(super) fn at_of_value(
        self,
        longest: Option<u16>,
        made: NaiveDateTime,
        now: NaiveDateTime,
    ) -> Result<NaiveDateTime, ExpiryError> {
        let (at, zone) = match self {
            Self::Days(days) => (now + TimeDelta::days(days.into()), Zone::UTC),
            Self::On(date, zone) => (zone.end_of(date).ok_or(ExpiryError::TooFar)?, zone),
            Self::At(at) => (at, Zone::UTC),
        };
        if at <= now {
            return Err(ExpiryError::Past);
        }
        if at.year() >= YEAR_END {
            return Err(ExpiryError::TooFar);
        }
        match longest {
            Some(days) if zone.date_of(at) > zone.date_of(made + TimeDelta::days(days.into())) => {
                Err(ExpiryError::TooLong(days))
            }
            _ => Ok(at),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    /// Parses what the command line takes: `30d` or `2027-01-31`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.strip_suffix('d').map_or_else(|| Self::date(text, Zone::UTC), Self::days);
        parsed.map_err(|e| match e {
            ExpiryError::Nonsense => format!(
                "an expiry is a number of days from 1d to {DAYS_MAX}d, or a date like 2027-01-31"
            ),
            ExpiryError::Past | ExpiryError::TooFar | ExpiryError::TooLong(_) => e.to_string(),
        })
    }
}

/// The most days that a new key of this kind may live.
pub fn longest_life(
    connection: &mut DbConnection,
    project: &ProjectId,
    kind: Kind,
) -> db::Result<Option<u16>> {
    match kind {
        Kind::Publishable => Ok(None),
        Kind::Secret => Ok(projects::secret_key_days(connection, project)?
            .and_then(|days| u16::try_from(days).ok())),
    }
}

impl ApiKey {
    /// The state of the key at this time.
    pub fn state(&self, now: NaiveDateTime) -> KeyState {
        self.times().state(now)
    }

    /// In how many days the key expires, if it does so soon, as people count days: 0 on its last
    /// day (UTC).
    pub fn expires_in_days(&self, now: NaiveDateTime) -> Option<i64> {
        Some((self.times().expires_soon(now)?.date() - now.date()).num_days())
    }

    /// Until when the value before the last rotation works, if it still does.
    pub fn overlaps_until(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.times().overlaps_until(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon(text: &str) -> NaiveDateTime {
        text.parse::<NaiveDate>().unwrap().and_hms_opt(12, 0, 0).unwrap()
    }

    #[test]
    fn a_date_means_the_end_of_that_day_in_utc() {
        let at = |text: &str, now: &str| {
            Expiry::date(text, Zone::UTC).and_then(|expiry| expiry.at(None, noon(now)))
        };
        assert_eq!(at("2027-01-31", "2026-11-23").unwrap().to_string(), "2027-01-31 23:59:59");
        // A day that has 23 or 25 hours somewhere is a day like all others in UTC.
        assert_eq!(at("2027-03-28", "2027-03-27").unwrap().to_string(), "2027-03-28 23:59:59");
        assert_eq!(
            at("2026-11-23", "2026-11-23").unwrap().to_string(),
            "2026-11-23 23:59:59",
            "today is not over"
        );
        assert_eq!(at("2026-11-22", "2026-11-23"), Err(ExpiryError::Past));
        assert_eq!(at("0001-01-01", "2026-11-23"), Err(ExpiryError::Past));
        for far in ["9999-01-01", "9999-12-31", "10000-01-01", "275760-09-13"] {
            assert_eq!(at(far, "2026-11-23"), Err(ExpiryError::TooFar), "{far}");
        }
        for bad in [
            "",
            "tomorrow",
            "2027-02-29",
            "2027-13-01",
            "2027-1-1",
            "+2027-01-01",
            "31.01.2027",
            "2027-01-31T00:00",
            "-1-01-01",
        ] {
            assert_eq!(at(bad, "2026-11-23"), Err(ExpiryError::Nonsense), "{bad}");
        }
    }

    #[test]
    fn a_day_ends_and_counts_where_it_was_chosen() {
        let kiritimati = Zone::parse("Pacific/Kiritimati").unwrap(); // 14 hours ahead
        let at =
            |text: &str| Expiry::date(text, kiritimati).unwrap().at(Some(1), noon("2026-11-23"));
        assert_eq!(at("2026-11-23"), Err(ExpiryError::Past), "over there, it is the 24th");
        assert_eq!(at("2026-11-24").unwrap().to_string(), "2026-11-24 09:59:59");
        assert!(at("2026-11-25").is_ok());
        assert_eq!(at("2026-11-26"), Err(ExpiryError::TooLong(1)));
    }

    #[test]
    fn the_command_line_takes_days_or_a_date() {
        assert_eq!("30d".parse(), Ok(Expiry::Days(30)));
        assert_eq!(
            "2027-01-31".parse(),
            Ok(Expiry::On(NaiveDate::from_ymd_opt(2027, 1, 31).unwrap(), Zone::UTC))
        );
        for bad in
            ["", "d", "0d", "-1d", "+7d", "30", "36501d", "99999999999d", "30D", "1.5d", "30 d"]
        {
            assert!(bad.parse::<Expiry>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_longest_life_holds_for_days_and_dates() {
        let now = noon("2026-11-23");
        assert!(Expiry::Days(30).at(Some(30), now).is_ok());
        assert_eq!(Expiry::Days(31).at(Some(30), now), Err(ExpiryError::TooLong(30)));
        assert!(Expiry::date("2026-12-23", Zone::UTC).unwrap().at(Some(30), now).is_ok());
        assert_eq!(
            Expiry::date("2026-12-24", Zone::UTC).unwrap().at(Some(30), now),
            Err(ExpiryError::TooLong(30))
        );
        assert_eq!(Expiry::Days(36_500).at(None, noon("9950-01-01")), Err(ExpiryError::TooFar));
    }
}
