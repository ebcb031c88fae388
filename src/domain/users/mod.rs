//! People who sign in.

mod create;
mod email;
mod password;
mod password_hash;
mod reset_password;
pub mod sign_in;

pub use create::{CreateError, NewUser, create};
pub use email::{Email, EmailError};
pub use password::{Password, PasswordError};
pub use password_hash::PasswordHash;
pub use reset_password::{ResetError, reset_password};

pub use crate::db::UserId as Id;
pub use crate::db::users::{User, any, find};

use crate::db::{DbConnection, Result, users};

/// The user with this e-mail, and the hash that their password must fit.
pub fn find_by_email(connection: &mut DbConnection, email: &Email) -> Result<Option<(User, PasswordHash)>> {
    let found = users::find_by_email(connection, email.folded())?;
    Ok(found.map(|(user, hash)| (user, PasswordHash::stored(hash))))
}

/// Stores the hash of a password again, made with today's parameters.
pub fn set_password_hash(connection: &mut DbConnection, user: &Id, hash: &PasswordHash) -> Result<()> {
    users::set_password_hash(connection, user, hash.as_str())
}
