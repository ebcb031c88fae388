//! Two-step sign-in: after the password, a code of an authenticator app (TOTP, RFC 6238), or one of
//! ten recovery codes. Each code works once (OWASP ASVS 5.0, 6.5.1).

mod code;
mod confirm;
mod disable;
mod limit;
mod pass;
mod pending;
mod recovery;
mod secret;
mod spend;
mod turn;

pub use code::Code;
pub use confirm::{Confirmed, Unconfirmed, confirm};
pub use disable::disable;
pub use limit::CodeLimit;
pub use pass::{Passed, pass};
pub use pending::{PendingSignIn, VALID_FOR, begin, pending};
pub use recovery::{CODES, RecoveryCode};
pub use secret::Secret;
pub use spend::{Alert, Kind, Looked, Proof, Wrong, check};
pub use turn::{TwoStepError, renew_codes, turn_off, turn_on};

use crate::db::{DbConnection, Result, UserId, recovery_codes, two_step};
use crate::domain::users::PasswordHash;

/// Whether the user must give a code.
pub fn is_on(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    Ok(two_step::find(connection, user)?.is_some())
}

/// How many recovery codes are left. `None`: two-step sign-in is off.
pub fn codes_left(connection: &mut DbConnection, user: &UserId) -> Result<Option<usize>> {
    if !is_on(connection, user)? {
        return Ok(None);
    }
    Ok(Some(recovery_codes::hashes(connection, user)?.len()))
}

/// The hashes that a typed recovery code is compared with.
pub fn recovery_hashes(connection: &mut DbConnection, user: &UserId) -> Result<Vec<PasswordHash>> {
    Ok(recovery_codes::hashes(connection, user)?.into_iter().map(PasswordHash::stored).collect())
}
