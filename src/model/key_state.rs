//! The state of a key at a given time. This is the only place in Rust where the times of a key are
//! compared; the same conditions in SQL are in `db/api_keys/state.rs`.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

/// A key that expires within this time is shown as expiring soon.
pub const SOON: TimeDelta = TimeDelta::days(14);

/// The times of a key, and of the value of it that was presented. All are UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable)]
pub struct KeyTimes {
    /// When the key was deleted. It is refused from then on.
    pub deleted_at: Option<NaiveDateTime>,
    /// When the key expires. It is refused from then on.
    pub expires_at: Option<NaiveDateTime>,
    /// When Keyrack noticed that the key had expired. It stays expired even if the clock is set
    /// back.
    pub expired_at: Option<NaiveDateTime>,
    /// When the key was paused. It is refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// Until when the value before the last rotation works beside the current one.
    pub overlap_until: Option<NaiveDateTime>,
    /// Until when the presented value works, if a rotation replaced it. `None`: it is the current
    /// value.
    pub valid_until: Option<NaiveDateTime>,
    /// When Keyrack noticed that this time was over, or when somebody ended the overlap. It stays
    /// over.
    pub ended_at: Option<NaiveDateTime>,
}

/// The state of a key, as seen by whoever presents one of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Deleted,
    /// A rotation replaced this value, and its overlap is over. The key itself has another value
    /// now.
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
    /// The state of the key at this time. The first reason that applies counts, and what was once
    /// noted as over stays over.
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

    /// Whether the key has expired, even if it is also deleted or paused.
    pub fn is_expired(&self, now: NaiveDateTime) -> bool {
        self.expired_at.is_some() || self.expires_at.is_some_and(|at| at <= now)
    }

    /// When the key expires, if it does so within [`SOON`].
    pub fn expires_soon(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.expires_at.filter(|at| !self.is_expired(now) && *at - now <= SOON)
    }

    /// Until when the value before the last rotation works, if it still does.
    pub fn overlaps_until(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.overlap_until.filter(|until| *until > now)
    }

    /// Whether the clock says that the time is over and that has not been noted in the database
    /// yet.
    pub fn is_over_unnoted(&self, now: NaiveDateTime) -> bool {
        match self.state(now) {
            KeyState::Rotated => self.ended_at.is_none(),
            KeyState::Expired => self.expired_at.is_none(),
            KeyState::Deleted | KeyState::Paused | KeyState::Active => false,
        }
    }

    /// Whether the presented value is, or was, one of two that work at the same time.
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
