//! Takes back what was counted, after the password or the code was right.

use super::Counted;
use super::attempt;
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::users::known_browsers;

/// Deletes the failures of this account from this address, including the one that was counted for
/// this attempt. Failures of the address with other accounts still count, so an attacker gains
/// nothing by having an account. For a known browser only its own count is taken back, because it
/// may still have to give a code.
pub fn succeed(connection: &mut DbConnection, counted: &Counted) -> db::Result<()> {
    db::lock(connection, db::Lock::SignIn)?;
    let Some(secret) = attempt::secret(connection)? else { return Ok(()) };
    let digests = counted.attempt.digests(&secret);
    let address = digests.network(0).unwrap_or_default();
    sign_in_failures::delete(connection, &digests.account, address)?;
    match counted.attempt.browser() {
        Some(browser) if counted.known => known_browsers::take_back(connection, browser),
        Some(_) | None => Ok(()),
    }
}
