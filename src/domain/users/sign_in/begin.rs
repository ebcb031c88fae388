//! Counting a try, before its password is looked at.

use chrono::NaiveDateTime;

use super::attempt::{self, Attempt};
use super::check::check_digests;
use super::{Refused, WINDOW};
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::CryptoRng;
use crate::domain::users::known_browsers;

/// A try that is counted, and may be looked at.
pub struct Counted {
    pub(super) attempt: Attempt,
    /// Whether a known browser made it, which has a count of its own.
    pub(super) known: bool,
}

/// Counts a try as failed, unless there were too many. Of many at once, in whichever processes,
/// exactly as many as are left get through.
pub fn begin(
    connection: &mut DbConnection,
    attempt: Attempt,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Counted, Refused> {
    db::lock(connection, db::Lock::SignIn)?;
    let secret = attempt::secret_or_new(connection, rng)?;
    let digests = attempt.digests(&secret);
    let known = match attempt.browser() {
        Some(browser) if attempt.is_known(connection, now)? => {
            known_browsers::count_failure(connection, browser)?
        }
        Some(_) | None => false,
    };
    if !known {
        check_digests(connection, &digests, now)?;
    }
    // What no longer counts goes, so the table is as large as a quarter of an hour of failures.
    sign_in_failures::delete_until(connection, now - WINDOW)?;
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let row = sign_in_failures::NewSignInFailure {
        id: &id,
        account: &digests.account,
        address: digests.network(0).unwrap_or_default(),
        net_56: digests.network(1),
        net_48: digests.network(2),
        at: now,
    };
    sign_in_failures::insert(connection, &row)?;
    Ok(Counted { attempt, known })
}
