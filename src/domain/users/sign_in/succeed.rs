//! The password fits.

use super::attempt::{self, Attempt};
use crate::db::{self, DbConnection, sign_in_failures};

/// Forgets the failures of this account from this address, this try's own count included. What the
/// address did to other accounts still counts: an attacker who has an account gains nothing by
/// using it.
pub fn succeed(connection: &mut DbConnection, attempt: &Attempt) -> db::Result<()> {
    db::lock(connection, db::Lock::SignIn)?;
    let Some(secret) = attempt::secret(connection)? else { return Ok(()) };
    let digests = attempt.digests(&secret);
    sign_in_failures::delete(connection, &digests.account, &digests.address)
}
