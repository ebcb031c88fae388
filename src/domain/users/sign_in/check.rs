//! Checks whether an attempt may go on, without counting it. To refuse one here costs only a few
//! lookups in an index.

use chrono::NaiveDateTime;

use super::attempt::{self, Attempt, Digests};
use super::{LIMITS, SignInError, WINDOW};
use crate::db::{self, DbConnection, sign_in_failures};

/// Refuses an attempt after too many failures, unless it comes from a known browser.
pub fn check(
    connection: &mut DbConnection,
    attempt: &Attempt,
    now: NaiveDateTime,
) -> Result<(), SignInError> {
    if attempt.is_known(connection, now)? {
        return Ok(());
    }
    match attempt::secret(connection)? {
        Some(secret) => check_digests(connection, &attempt.digests(&secret), now),
        None => Ok(()), // no sign-in has failed yet
    }
}

pub(super) fn check_digests(
    connection: &mut DbConnection,
    digests: &Digests,
    now: NaiveDateTime,
) -> Result<(), SignInError> {
    let mut latest = |network, account, limit| -> db::Result<_> {
        let times = sign_in_failures::latest(connection, network, account, now - WINDOW, limit)?;
        Ok(blocked_until(&times, limit))
    };
    let account = &digests.account[..];
    let mut until = None;
    for (network, limits) in digests.networks().zip(LIMITS) {
        let of_account = latest(network, Some(account), limits.of_one_account)?;
        until = until.max(of_account).max(latest(network, None, limits.in_all)?);
    }
    match until.filter(|until| *until > now) {
        Some(until) => Err(SignInError::TooMany { wait: until - now }),
        None => Ok(()),
    }
}

/// When the oldest of the last `limit` failures stops counting. `times` are the failures within the
/// window, the newest first.
fn blocked_until(times: &[NaiveDateTime], limit: usize) -> Option<NaiveDateTime> {
    times.get(limit - 1).map(|oldest| *oldest + WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    #[test]
    fn the_block_ends_when_the_oldest_failure_is_out_of_the_window() {
        let start = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let newest_first = |count: i64| {
            (0..count).rev().map(|minute| start + TimeDelta::minutes(minute)).collect::<Vec<_>>()
        };
        assert_eq!(blocked_until(&newest_first(4), 5), None);
        assert_eq!(blocked_until(&newest_first(5), 5), Some(start + WINDOW));
        assert_eq!(
            blocked_until(&newest_first(7), 5),
            Some(start + TimeDelta::minutes(2) + WINDOW)
        );
        assert_eq!(blocked_until(&[], 5), None);
    }
}
