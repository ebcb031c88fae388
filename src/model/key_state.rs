//! What time does to a key: the one place where its times are compared.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

/// A key that expires within so long is said to expire soon.
pub const SOON: TimeDelta = TimeDelta::days(14);

/// The times of a key and of the value that was presented, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable)]
pub struct KeyTimes {
    /// From then on it is refused.
    pub deleted_at: Option<NaiveDateTime>,
    /// From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
    /// When that was noticed, for good: a clock that jumps back does not revive it.
    pub expired_at: Option<NaiveDateTime>,
    /// Refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// Until then the value before the last rotation works, too.
    pub overlap_until: Option<NaiveDateTime>,
    /// For a value that a rotation replaced: until when it works. `None`: the current value.
    pub valid_until: Option<NaiveDateTime>,
    /// When the end of that was noticed, for good.
    pub ended_at: Option<NaiveDateTime>,
}

/// What a key is, for whoever presents this value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Deleted,
    /// This value was replaced, and its overlap is over. The key lives on with another one.
    Rotated,
    Expired,
    /// Refused until somebody resumes it.
    Paused,
    Active,
}

impl KeyState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::Paused => "paused",
            Self::Active => "active",
        }
    }
}

impl KeyTimes {
    /// What the key is at this time. What was once noted as over stays over.
    pub fn state(&self, now: NaiveDateTime) -> KeyState {
        if self.deleted_at.is_some() {
            KeyState::Deleted
        } else if self.ended_at.is_some() || self.valid_until.is_some_and(|at| at <= now) {
            KeyState::Rotated
        } else if self.is_expired(now) {
            KeyState::Expired
        } else if self.paused_at.is_some() {
            KeyState::Paused
        } else {
            KeyState::Active
        }
    }

    /// Whether the time of the key itself is over for good, whatever else it is.
    pub fn is_expired(&self, now: NaiveDateTime) -> bool {
        self.expired_at.is_some() || self.expires_at.is_some_and(|at| at <= now)
    }

    /// When it expires, if that is soon.
    pub fn expires_soon(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.expires_at.filter(|at| !self.is_expired(now) && *at - now <= SOON)
    }

    /// Until when the value before the last rotation works, too.
    pub fn overlaps_until(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.overlap_until.filter(|until| *until > now)
    }

    /// Whether only the clock says that it is over, and nobody has noted it yet.
    pub fn is_over_unnoted(&self, now: NaiveDateTime) -> bool {
        match self.state(now) {
            KeyState::Rotated => self.ended_at.is_none(),
            KeyState::Expired => self.expired_at.is_none(),
            KeyState::Deleted | KeyState::Paused | KeyState::Active => false,
        }
    }

    /// Whether the presented value is one of two that the key has, or had.
    pub fn is_one_of_two(&self) -> bool {
        self.valid_until.is_some() || self.overlap_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn at(second: i64) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(12, 0, 0).unwrap()
            + TimeDelta::seconds(second)
    }

    #[test]
    fn the_first_reason_counts_and_a_time_is_over_when_it_comes() {
        let none = KeyTimes::default();
        let now = at(0);
        for (times, state) in [
            (none, KeyState::Active),
            (KeyTimes { expires_at: Some(at(1)), ..none }, KeyState::Active),
            (KeyTimes { expires_at: Some(at(0)), ..none }, KeyState::Expired),
            (
                KeyTimes { expires_at: Some(at(9)), expired_at: Some(at(-1)), ..none },
                KeyState::Expired,
            ),
            (KeyTimes { paused_at: Some(at(-1)), ..none }, KeyState::Paused),
            (
                KeyTimes { paused_at: Some(at(-1)), expires_at: Some(at(0)), ..none },
                KeyState::Expired,
            ),
            (KeyTimes { valid_until: Some(at(1)), ..none }, KeyState::Active),
            (KeyTimes { valid_until: Some(at(0)), ..none }, KeyState::Rotated),
            (
                KeyTimes { valid_until: Some(at(9)), ended_at: Some(at(-1)), ..none },
                KeyState::Rotated,
            ),
            (KeyTimes { overlap_until: Some(at(-9)), ..none }, KeyState::Active),
            (
                KeyTimes { deleted_at: Some(at(-1)), ended_at: Some(at(-1)), ..none },
                KeyState::Deleted,
            ),
        ] {
            assert_eq!(times.state(now), state, "{times:?}");
        }
    }

    #[test]
    fn what_only_the_clock_says_is_to_be_noted() {
        let none = KeyTimes::default();
        assert!(KeyTimes { expires_at: Some(at(0)), ..none }.is_over_unnoted(at(0)));
        assert!(!KeyTimes { expires_at: Some(at(0)), ..none }.is_over_unnoted(at(-1)));
        assert!(!KeyTimes { expired_at: Some(at(0)), ..none }.is_over_unnoted(at(0)));
        assert!(KeyTimes { valid_until: Some(at(0)), ..none }.is_over_unnoted(at(0)));
        assert!(!KeyTimes { paused_at: Some(at(0)), ..none }.is_over_unnoted(at(0)));
    }
}
