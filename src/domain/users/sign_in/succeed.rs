//! What was tried fits.

use super::Counted;
use super::attempt;
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::users::known_browsers;

/// Forgets the failures of this account from this address, this try's own count included. What the
/// address did to other accounts still counts: an attacker who has an account gains nothing by
/// using it. A known browser has only its own count taken back: it may still owe a code.
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
