//! Counts an attempt before its password is checked.

use chrono::NaiveDateTime;

use super::attempt::{self, Attempt};
use super::check::check_digests;
use super::{SignInError, WINDOW};
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::CryptoRng;
use crate::domain::users::known_browsers;

/// An attempt that was counted, so that it may be checked.
pub struct Counted {
    pub(super) attempt: Attempt,
    /// Whether it comes from a known browser, which has its own count.
    pub(super) known: bool,
}

/// Counts an attempt as failed, unless there were too many. If many come at once, in whichever
/// processes, exactly as many as are left get through.
pub fn begin(
    connection: &mut DbConnection,
    attempt: Attempt,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Counted, SignInError> {
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
    // Failures that do not count any more are deleted, so the table holds those of a quarter of an
    // hour.
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
