//! People who sign in.

mod change;
mod create;
mod email;
pub mod email_change;
mod future_times;
pub mod known_browsers;
mod one_form;
mod password;
mod password_hash;
mod reset_password;
mod sessions;
pub mod sign_in;

use change::change_email_to;
pub(in crate::domain) use change::end_former;
pub use change::{ChangeError, change_email, change_name, change_password, hold};
pub use create::{CreateError, NewUser, create};
pub use email::{Email, EmailError};
pub use future_times::{is_any_in_future, pull_back};
pub use one_form::unify_addresses;
pub use password::{Password, PasswordError};
pub use password_hash::PasswordHash;
pub use reset_password::{ResetError, reset_password};
pub use sessions::{Session, SessionName, end_other_sessions, end_session, sessions, sign_out};

pub use crate::db::UserId as Id;
pub use crate::db::users::{User, all, any, find, name_of, standing};

use crate::db::{DbConnection, Result, users};

/// The user with this e-mail address, and the hash of their password.
pub fn find_by_email(
    connection: &mut DbConnection,
    email: &Email,
) -> Result<Option<(User, PasswordHash)>> {
    let found = users::find_by_email(connection, email.folded())?;
    Ok(found.map(|(user, hash)| (user, PasswordHash::stored(hash))))
}

/// The hash of a user's password.
pub fn password_hash(connection: &mut DbConnection, user: &Id) -> Result<Option<PasswordHash>> {
    Ok(users::password_hash(connection, user)?.map(PasswordHash::stored))
}
