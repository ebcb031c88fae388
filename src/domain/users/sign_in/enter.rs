//! What follows after the right password.

use super::{Counted, succeed};
use crate::db::{self, DbConnection, two_step, users as table};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{PasswordHash, User};

/// What follows after the right password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// Nothing: the user is in.
    In,
    /// A page that asks for a code from whoever has this token.
    CodeNeeded(String),
    /// The password is right, and the account disabled.
    Disabled,
    /// The password was changed while it was checked, so it was the old one.
    Outdated,
}

/// Lets in a user whose password is right, or asks for a code. `renewed` is the same password
/// hashed with the current parameters, if its hash is outdated.
pub fn enter(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    counted: &Counted,
    renewed: Option<&PasswordHash>,
) -> db::Result<Entered> {
    if user.disabled_at.is_some() {
        succeed(connection, counted)?;
        return Ok(Entered::Disabled);
    }
    if !table::hold(connection, &user.id, user.generation)? {
        return Ok(Entered::Outdated);
    }
    if let Some(hash) = renewed {
        table::renew_password_hash(connection, &user.id, hash.as_str())?;
    }
    succeed(connection, counted)?;
    if two_step::find(connection, &user.id)?.is_some() {
        return Ok(Entered::CodeNeeded(crate::domain::two_step::begin(
            connection,
            user,
            act.now,
            act.rng(),
        )?));
    }
    activity::record(connection, act, &Event::user(Action::UserSignedIn, user))?;
    Ok(Entered::In)
}
