//! Adding somebody who has an account, without asking them: for whoever runs the machine. (Others
//! invite.)

use super::{AccessError, Right, Role, require};
use crate::db::{self, DbConnection, Ended, ProjectId, invitations, members};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{Email, User};

/// Why nobody was added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// They are in already, with this role.
    #[error("{0} of the project already")]
    IsMember(Role),
    /// Not by whoever asks.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Makes a user a member. An invitation that waits for them is of no use any more, and ends.
pub fn add(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    user: &User,
    role: Role,
) -> Result<(), AddError> {
    db::lock(connection, db::Lock::Members)?;
    require(connection, project, act.actor, Right::Own)?;
    if let Some((_, role)) = members::find(connection, project, &user.id)? {
        return Err(AddError::IsMember(role));
    }
    members::insert(connection, project, &user.id, role, act.now)?;
    if let Ok(email) = Email::parse(&user.email)
        && let Some(waiting) = invitations::find_pending(connection, project, email.folded())?
    {
        let how = Ended::Cancelled;
        invitations::end(connection, &waiting.id, how, act.actor.user(), act.now)?;
        activity::record(
            connection,
            act,
            &Event::invitation(Action::InvitationCancelled, &waiting),
        )?;
    }
    let detail = format!("as {role}");
    activity::record(
        connection,
        act,
        &Event::member(Action::MemberAdded, user, project).detail(&detail),
    )?;
    Ok(())
}
