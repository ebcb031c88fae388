//! How often a code of the app may be wrong in browsers that never signed in to the account. They
//! share one count, because whoever comes so far has the password and any number of addresses: not
//! more than 100 in a row, with waits that grow (NIST SP 800-63B-4, 3.2.2). That locks nobody out who
//! has the account: known browsers and recovery codes are counted apart.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::two_step::TwoStep;

/// Wrong codes in a row before the first wait.
const FREE: i32 = 5;
/// The first wait, which doubles with each wrong code, up to [`LONGEST_WAIT`].
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// Wrong codes in a row after which no more are looked at.
pub(super) const LIMIT: i32 = 100;

/// A code that is not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// Come again after this time.
    Wait(TimeDelta),
    /// Not in a browser that is not known.
    Closed,
}

/// How long to wait after so many wrong codes in a row.
fn wait_after(wrong: i32) -> TimeDelta {
    let Ok(doublings) = u32::try_from(wrong - FREE) else { return TimeDelta::zero() };
    let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
    FIRST_WAIT.checked_mul(factor).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// Why a code of the app is not looked at in an unknown browser; `None`: it is.
pub(super) fn too_many(two_step: &TwoStep, now: NaiveDateTime) -> Option<TooMany> {
    if two_step.untrusted_failures >= LIMIT {
        return Some(TooMany::Closed);
    }
    let until = two_step.untrusted_failed_at? + wait_after(two_step.untrusted_failures);
    (until > now).then(|| TooMany::Wait(until - now))
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
