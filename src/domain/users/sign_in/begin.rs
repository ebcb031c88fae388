//! Counting a try, before its password is looked at.

use chrono::NaiveDateTime;

use super::attempt::{self, Attempt};
use super::check::check_digests;
use super::{Refused, WINDOW};
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::CryptoRng;

/// Counts a try as failed, unless there were too many. Of many at once, in whichever processes,
/// exactly as many as are left get through.
pub fn begin(
    connection: &mut DbConnection,
    attempt: &Attempt,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(), Refused> {
    db::lock(connection, db::Lock::SignIn)?;
    let secret = attempt::secret_or_new(connection, rng)?;
    let digests = attempt.digests(&secret);
    check_digests(connection, attempt, &digests, now)?;
    // What no longer counts goes, so the table is as large as a quarter of an hour of failures.
    sign_in_failures::delete_until(connection, now - WINDOW)?;
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let row = sign_in_failures::NewSignInFailure {
        id: &id,
        account: &digests.account,
        address: &digests.address,
        at: now,
    };
    Ok(sign_in_failures::insert(connection, &row)?)
}
