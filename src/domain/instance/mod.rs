//! Running the instance: who may, and what may be done to accounts. An administrator has no right in
//! any project by that.

mod accounts;
mod administrators;
mod delete;
pub mod hand_over;
mod list;
pub mod settings;

pub use accounts::{disable, enable};
pub use administrators::{demote, promote};
pub use delete::{delete, former_name};
pub use list::{Account, Holding, account, accounts, projects};
pub use settings::Settings;

use super::Actor;
use super::members::AccessError;
use super::users::{self, User};
use crate::db::{self, DbConnection};

/// Why others may not run the instance, as a message for them.
pub const ONLY_ADMINISTRATORS: &str = "Only administrators of this Keyrack can do this.";

/// What somebody hears who has to set up two-step sign-in before anything else.
pub const NEEDS_TWO_STEP: &str =
    "This Keyrack requires two-step sign-in. Set it up in your account, then go on.";

/// Why an account was not changed. Everything is checked in the transaction of the change.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// No account has this id, or it is deleted.
    #[error("there is no such account")]
    Unknown,
    /// It is the account of whoever asks.
    #[error("You can't do this to your own account. Ask another administrator.")]
    Yourself,
    /// Nobody could run the instance any more.
    #[error("Keyrack needs an administrator who can sign in. Make somebody else one first.")]
    LastAdministrator,
    /// These projects would have no owner. Their names, in order.
    #[error(
        "They are the only owner of {}. Hand that over first.",
        .0.join(", ")
    )]
    SoleOwner(Vec<String>),
}

impl From<db::Error> for AccountError {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Checks within the transaction of a change that the actor runs the instance. Whoever has the
/// command line does.
pub fn require(connection: &mut DbConnection, actor: &Actor) -> Result<(), AccessError> {
    let may = match actor {
        Actor::CommandLine { .. } => true,
        Actor::User { id, .. } => users::standing(connection, id)? == Some((true, true)),
        Actor::Stranger { .. } => false,
    };
    if may { Ok(()) } else { Err(AccessError::Forbidden(ONLY_ADMINISTRATORS.to_owned())) }
}

/// The account that is to be changed by an administrator who is not its owner. It takes the lock, so
/// that the last administrator and the last owner stay.
fn other(
    connection: &mut DbConnection,
    actor: &Actor,
    user: &users::Id,
) -> Result<User, AccountError> {
    db::lock(connection, db::Lock::Members)?;
    require(connection, actor)?;
    if actor.user() == Some(user) {
        return Err(AccountError::Yourself);
    }
    users::find(connection, user)?
        .filter(|user| user.deleted_at.is_none())
        .ok_or(AccountError::Unknown)
}

/// Returns an error if nobody else runs the instance.
fn keep_an_administrator(connection: &mut DbConnection, user: &User) -> Result<(), AccountError> {
    if user.administrator && db::users::count_other_administrators(connection, &user.id)? == 0 {
        return Err(AccountError::LastAdministrator);
    }
    Ok(())
}
