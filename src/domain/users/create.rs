//! Creating a user.

use chrono::NaiveDateTime;

use super::{Email, Id, PasswordHash};
use crate::db::{self, DbConnection, setup_tokens, users};
use crate::domain::CryptoRng;

/// A user who is to be created.
#[derive(Debug)]
pub struct NewUser {
    /// The e-mail address, which is unique.
    pub email: Email,
    pub name: String,
    /// The hash, which was made before the transaction began.
    pub password_hash: PasswordHash,
}

/// Why no user was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("somebody has this e-mail address already")]
    EmailTaken,
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Adds a user. The first user ends the setup, whoever creates it.
pub fn create(
    connection: &mut DbConnection,
    user: &NewUser,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Id, CreateError> {
    db::lock(connection, db::Lock::Setup)?;
    let id = Id::new(now, rng);
    // Whoever comes first runs the instance.
    let administrator = !users::any(connection)?;
    let row = users::NewUser {
        id: &id,
        email: user.email.as_str(),
        email_folded: user.email.folded(),
        name: &user.name,
        password_hash: user.password_hash.as_str(),
        created_at: now,
        administrator,
    };
    match users::insert(connection, &row) {
        Err(db::Error::Conflict(_)) => return Err(CreateError::EmailTaken),
        result => result?,
    }
    setup_tokens::delete_all(connection)?;
    Ok(id)
}
