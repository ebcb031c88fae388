//! Limits the wrong codes of the app that come from browsers that never signed in to the account.
//! All of these share one count, because whoever gets this far has the password and may have any
//! number of addresses: at most 100 wrong codes in a row, with growing waits (NIST SP 800-63B-4,
//! 3.2.2). This does not lock out the account's owner, because known browsers and recovery codes
//! are counted separately.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::two_step::TwoStep;

/// How many wrong codes in a row are free before the first wait.
const FREE: i32 = 5;
/// The first wait. It doubles with each wrong code, up to [`LONGEST_WAIT`].
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// After this many wrong codes in a row, no more are checked.
pub(super) const LIMIT: i32 = 100;

/// Why a code is not even checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeLimit {
    /// No code is checked before this time has passed.
    Wait(TimeDelta),
    /// No code is checked from a browser that is not known.
    Closed,
}

/// How long to wait after this many wrong codes in a row.
fn wait_after(wrong: i32) -> TimeDelta {
    let Ok(doublings) = u32::try_from(wrong - FREE) else { return TimeDelta::zero() };
    let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
    FIRST_WAIT.checked_mul(factor).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// Why a code of the app is not checked in an unknown browser. `None`: it is.
pub(super) fn too_many(two_step: &TwoStep, now: NaiveDateTime) -> Option<CodeLimit> {
    if two_step.untrusted_failures >= LIMIT {
        return Some(CodeLimit::Closed);
    }
    let until = two_step.untrusted_failed_at? + wait_after(two_step.untrusted_failures);
    (until > now).then(|| CodeLimit::Wait(until - now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_half_a_minute_to_an_hour() {
        let seconds = |wrong| wait_after(wrong).num_seconds();
        assert_eq!([0, 1, 4].map(seconds), [0; 3]);
        assert_eq!([5, 6, 7, 11].map(seconds), [30, 60, 120, 1_920]);
        assert_eq!([12, 30, 99, i32::MAX].map(seconds), [3_600; 4]);
    }
}
