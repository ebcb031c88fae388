//! Whether a try may go on, without counting it: what is refused here costs one or two index
//! look-ups.

use chrono::NaiveDateTime;

use super::attempt::{self, Attempt, Digests};
use super::{PER_ACCOUNT, PER_ADDRESS, PER_SECOND_STEP, Refused, WINDOW};
use crate::db::{self, DbConnection, sign_in_failures};

/// Refuses a try after too many failures.
pub fn check(
    connection: &mut DbConnection,
    attempt: &Attempt,
    now: NaiveDateTime,
) -> Result<(), Refused> {
    match attempt::secret(connection)? {
        Some(secret) => check_digests(connection, attempt, &attempt.digests(&secret), now),
        None => Ok(()), // nobody ever failed
    }
}

pub(super) fn check_digests(
    connection: &mut DbConnection,
    attempt: &Attempt,
    digests: &Digests,
    now: NaiveDateTime,
) -> Result<(), Refused> {
    let mut latest = |address, account, limit| -> db::Result<_> {
        let times = sign_in_failures::latest(connection, address, account, now - WINDOW, limit)?;
        Ok(blocked_until(&times, limit))
    };
    let (account, address) = (Some(&digests.account[..]), Some(&digests.address[..]));
    let mut until = latest(address, account, PER_ACCOUNT)?.max(latest(address, None, PER_ADDRESS)?);
    if attempt.second {
        until = until.max(latest(None, account, PER_SECOND_STEP)?);
    }
    match until {
        Some(until) if until > now => Err(Refused::TooMany { wait: until - now }),
        Some(_) | None => Ok(()),
    }
}

/// When the oldest of the last `limit` failures stops to count. `times` are those within the
/// window, newest first.
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
