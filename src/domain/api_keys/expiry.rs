//! How long a key lives: for ever, some days, or to the end of a day in UTC.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{ApiKey, Kind};
use crate::db::{self, DbConnection, ProjectId, projects};
use crate::model::KeyState;

/// The lives that the form offers, in days.
pub const OFFERED: [u16; 4] = [7, 30, 60, 90];
/// The longest life in days that can be typed: a century.
const DAYS_MAX: u16 = 36_500;
/// Dates are written with four digits everywhere.
const YEAR_END: i32 = 9999;

/// When a key shall expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// So many days from now.
    Days(u16),
    /// With the end of this day in UTC.
    On(NaiveDate),
    /// At this moment, as the key whose place it takes.
    At(NaiveDateTime),
}

/// Why a key can't expire then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// Neither a number of days nor a date.
    #[error("Enter a date like 2027-01-31.")]
    Nonsense,
    #[error("Choose a day that is not over yet in UTC.")]
    Past,
    /// Beyond what we can write.
    #[error("Choose a day before the year 9999.")]
    TooFar,
    /// The project wants secret keys to be younger.
    #[error("Secret keys of this project live {0} days at most.")]
    TooLong(u16),
}

impl Expiry {
    /// A number of days.
    pub fn days(text: &str) -> Result<Self, ExpiryError> {
        let days = text.parse().ok().filter(|days| {
            (1..=DAYS_MAX).contains(days) && text.bytes().all(|b| b.is_ascii_digit())
        });
        days.map(Self::Days).ok_or(ExpiryError::Nonsense)
    }

    /// A date as browsers send it: `2027-01-31`.
    pub fn date(text: &str) -> Result<Self, ExpiryError> {
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
        date.map(Self::On).ok_or(ExpiryError::Nonsense)
    }

    /// The moment. On the last day of the longest life a key may live to the end of that day.
    pub(super) fn at(
        self,
        longest: Option<u16>,
        now: NaiveDateTime,
    ) -> Result<NaiveDateTime, ExpiryError> {
        let at = match self {
            Self::Days(days) => now + TimeDelta::days(days.into()),
            Self::On(date) => date.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399),
            Self::At(at) => at,
        };
        if at <= now {
            return Err(ExpiryError::Past);
        }
        if at.year() >= YEAR_END {
            return Err(ExpiryError::TooFar);
        }
        match longest {
            Some(days) if at.date() > (now + TimeDelta::days(days.into())).date() => {
                Err(ExpiryError::TooLong(days))
            }
            _ => Ok(at),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    /// As on the command line: `30d` or `2027-01-31`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.strip_suffix('d').map_or_else(|| Self::date(text), Self::days);
        parsed.map_err(|e| match e {
            ExpiryError::Nonsense => format!(
                "an expiry is a number of days from 1d to {DAYS_MAX}d, or a date like 2027-01-31"
            ),
            ExpiryError::Past | ExpiryError::TooFar | ExpiryError::TooLong(_) => e.to_string(),
        })
    }
}

/// The longest life of new keys of this kind, in days.
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
    /// What it is at this time.
    pub fn state(&self, now: NaiveDateTime) -> KeyState {
        self.times().state(now)
    }

    /// In how many days it expires, if that is soon, as people count days: 0 on its last one (UTC).
    pub fn expires_in_days(&self, now: NaiveDateTime) -> Option<i64> {
        Some((self.times().expires_soon(now)?.date() - now.date()).num_days())
    }

    /// Until when the value before the last rotation works, too.
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
            Expiry::date(text).and_then(|expiry| expiry.at(None, noon(now)))
        };
        assert_eq!(at("2027-01-31", "2026-11-23").unwrap().to_string(), "2027-01-31 23:59:59");
        // Days of 23 and 25 hours somewhere are days like all others in UTC.
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
    fn the_command_line_takes_days_or_a_date() {
        assert_eq!("30d".parse(), Ok(Expiry::Days(30)));
        assert_eq!(
            "2027-01-31".parse(),
            Ok(Expiry::On(NaiveDate::from_ymd_opt(2027, 1, 31).unwrap()))
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
        assert!(Expiry::date("2026-12-23").unwrap().at(Some(30), now).is_ok());
        assert_eq!(
            Expiry::date("2026-12-24").unwrap().at(Some(30), now),
            Err(ExpiryError::TooLong(30))
        );
        assert_eq!(Expiry::Days(36_500).at(None, noon("9950-01-01")), Err(ExpiryError::TooFar));
    }
}
