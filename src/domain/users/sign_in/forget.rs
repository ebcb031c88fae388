//! Deletes failures after a password was reset.

use super::attempt;
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::users::Email;

/// Deletes the failures of this account from all addresses.
pub fn forget(connection: &mut DbConnection, email: &Email) -> db::Result<()> {
    db::lock(connection, db::Lock::SignIn)?;
    let Some(secret) = attempt::secret(connection)? else { return Ok(()) };
    for account in attempt::accounts(&secret, email) {
        sign_in_failures::delete_of(connection, &account)?;
    }
    Ok(())
}
