//! Starting anew, after a reset of the password.

use super::attempt;
use crate::db::{self, DbConnection, sign_in_failures};
use crate::domain::users::Email;

/// Forgets the failures of this account from everywhere.
pub fn forget(connection: &mut DbConnection, email: &Email) -> db::Result<()> {
    db::lock(connection, db::Lock::SignIn)?;
    let Some(secret) = attempt::secret(connection)? else { return Ok(()) };
    for account in attempt::accounts(&secret, email) {
        sign_in_failures::delete_of(connection, &account)?;
    }
    Ok(())
}
