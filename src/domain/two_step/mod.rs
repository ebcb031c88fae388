//! Two-step sign-in: after the password, a code of an authenticator app (TOTP, RFC 6238), or one of
//! ten recovery codes. Each code is good once (OWASP ASVS 5.0, 6.5.1).

mod code;
mod disable;
mod pass;
mod pending;
mod recovery;
mod secret;
mod turn;

pub use code::Code;
pub use disable::disable;
pub use pass::{Looked, Passed, pass};
pub use pending::{VALID_FOR, begin, pending};
pub use recovery::{CODES, RecoveryCode};
pub use secret::Secret;
pub use turn::{TwoStepError, renew_codes, turn_off, turn_on};

use crate::db::{DbConnection, Result, UserId, recovery_codes, two_step};
use crate::domain::users::PasswordHash;

/// How many recovery codes are left; `None`: two-step sign-in is off.
pub fn codes_left(connection: &mut DbConnection, user: &UserId) -> Result<Option<usize>> {
    if two_step::secret(connection, user)?.is_none() {
        return Ok(None);
    }
    Ok(Some(recovery_codes::hashes(connection, user)?.len()))
}

/// What a typed recovery code may fit.
pub fn recovery_hashes(connection: &mut DbConnection, user: &UserId) -> Result<Vec<PasswordHash>> {
    Ok(recovery_codes::hashes(connection, user)?.into_iter().map(PasswordHash::stored).collect())
}
