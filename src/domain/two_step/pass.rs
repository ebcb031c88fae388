//! The second step of signing in.

use super::limit::CodeLimit;
use super::pending::{self, PendingSignIn};
use super::spend::{Kind, Proof, Spent, Wrong, spend};
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, ChangeError, sign_in};

/// How the second step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    In,
    /// The code is wrong.
    Wrong(Wrong),
    /// The code was not checked.
    TooMany(CodeLimit),
    /// The password was changed, or two-step sign-in was turned off, so signing in has to start
    /// again.
    Outdated,
}

/// Uses up the code and the token of the first step, and lets the user in, or notes that the
/// sign-in was refused. If several requests come with one code, in whichever processes, only one
/// succeeds.
pub fn pass(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    begun: &PendingSignIn,
    proof: &Proof,
) -> db::Result<Passed> {
    let user = &begun.user;
    match users::hold(connection, user) {
        Err(ChangeError::Db(error)) => return Err(error),
        Err(ChangeError::Outdated | ChangeError::EmailTaken) => return Ok(Passed::Outdated),
        Ok(()) => {}
    }
    match spend(connection, user, proof, act.now)? {
        Spent::Right(kind) => {
            pending::end(connection, &begun.token)?;
            let how = match kind {
                Kind::App => "",
                Kind::Recovery => "with a recovery code",
            };
            let event = Event::user(Action::UserSignedIn, user).detail(how);
            activity::record(connection, act, &event)?;
            Ok(Passed::In)
        }
        Spent::Wrong(wrong) => {
            let why = match wrong.kind {
                Kind::App if wrong.used => "a code that was used before",
                Kind::App => "wrong code after the right password",
                Kind::Recovery => "wrong recovery code after the right password",
            };
            sign_in::refuse(connection, Some(user), why, act.actor.address(), act.now, act.rng())?;
            Ok(Passed::Wrong(wrong))
        }
        Spent::TooMany(too_many) => Ok(Passed::TooMany(too_many)),
        Spent::Off => Ok(Passed::Outdated),
    }
}
