//! Joining a project by an invitation's link. If several requests come at once, only one succeeds.

use chrono::NaiveDateTime;

use super::open::{DeadLink, Opened, open};
use super::{Ended, Invitation};
use crate::db::projects::Project;
use crate::db::{self, DbConnection, invitations, members};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, Email, NewUser, PasswordHash, User};
use crate::domain::{Act, CryptoRng, Newcomer};

/// Why somebody could not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The link does not work.
    #[error(transparent)]
    Dead(#[from] DeadLink),
    #[error("an invitation for somebody else")]
    NotYours,
    #[error("a member already")]
    IsMember,
    /// The address already has an account. Its owner can sign in instead.
    #[error("there is an account")]
    HasAccount,
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Adds a user who is signed in to the project.
pub fn join(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    token: &str,
    user: &users::Id,
) -> Result<Project, JoinError> {
    db::lock(connection, db::Lock::Members)?;
    let Opened { invitation, project, account, is_member, .. } = open(connection, token, act.now)?;
    let account = account.filter(|account| account.id == *user).ok_or(JoinError::NotYours)?;
    if is_member {
        return Err(JoinError::IsMember);
    }
    enter(connection, act, &invitation, &project, &account)?;
    Ok(project)
}

/// Creates an account for the invited person, with the e-mail address of the invitation, and adds
/// it to the project.
pub fn join_as_new(
    connection: &mut DbConnection,
    token: &str,
    name: String,
    password_hash: PasswordHash,
    newcomer: Newcomer,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(users::Id, Project), JoinError> {
    db::lock(connection, db::Lock::Members)?;
    let Opened { invitation, project, account, .. } = open(connection, token, now)?;
    if account.is_some() {
        return Err(JoinError::HasAccount);
    }
    // It was parsed before it was stored.
    let email = Email::parse(&invitation.email).map_err(|_| DeadLink::Unknown)?;
    let new = NewUser { email, name, password_hash };
    let id = users::create(connection, &new, now, rng).map_err(|error| match error {
        users::CreateError::EmailTaken => JoinError::HasAccount,
        users::CreateError::Db(error) => error.into(),
    })?;
    let user = users::find(connection, &id)?.ok_or(DeadLink::Unknown)?;
    let actor = newcomer.into_actor(id.clone());
    enter(connection, &mut Act::new(&actor, now, rng), &invitation, &project, &user)?;
    Ok((id, project))
}

fn enter(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    invitation: &Invitation,
    project: &Project,
    user: &User,
) -> Result<(), JoinError> {
    if !invitations::end(connection, &invitation.id, Ended::Used, Some(&user.id), act.now)? {
        return Err(DeadLink::Ended(Ended::Used).into());
    }
    members::insert(connection, &project.id, &user.id, invitation.role, act.now)?;
    let detail = format!("as {}", invitation.role);
    activity::record(
        connection,
        act,
        &Event::member(Action::MemberJoined, user, &project.id).detail(&detail),
    )?;
    Ok(())
}
