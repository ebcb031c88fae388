//! Renewing and cancelling an invitation. From then on the old link is refused.

use chrono::NaiveDateTime;

use super::create::{InvitationLimit, add, too_many};
use super::{Ended, Id, Invitation, New};
use crate::db::projects::Project;
use crate::db::{self, DbConnection, ProjectId, invitations, users};
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{AccessError, may_manage, role_of, why_not_manage};
use crate::domain::{Act, Actor};

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// There is no such invitation in this project.
    #[error("unknown invitation")]
    Unknown,
    /// The invitation is not pending any more.
    #[error("{how} already")]
    Already {
        how: Ended,
        email: String,
        /// The name of who ended it. `None`: the command line.
        by: Option<String>,
        at: NaiveDateTime,
    },
    /// Too many invitations were made.
    #[error(transparent)]
    TooMany(#[from] InvitationLimit),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The pending invitation with this id.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &Id,
) -> Result<Invitation, Problem> {
    let invitation = invitations::find(connection, id)?
        .filter(|invitation| invitation.project_id == *project)
        .ok_or(Problem::Unknown)?;
    let Some(how) = invitation.ended else { return Ok(invitation) };
    let by = users::name_of(connection, invitation.ended_by.as_ref())?;
    Err(Problem::Already {
        how,
        email: invitation.email,
        by,
        at: invitation.ended_at.unwrap_or(invitation.created_at),
    })
}

/// Ends a pending invitation, if the actor may do so.
fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &Id,
    how: Ended,
    actor: &Actor,
    now: NaiveDateTime,
) -> Result<Invitation, Problem> {
    db::lock(connection, db::Lock::Members)?;
    let by = role_of(connection, project, actor)?;
    let invitation = find(connection, project, id)?;
    if !may_manage(by, invitation.role) {
        return Err(AccessError::Forbidden(why_not_manage(by).to_owned()).into());
    }
    invitations::end(connection, id, how, actor.user(), now)?;
    Ok(invitation)
}

/// Replaces the link by a new one, whose time starts now.
pub fn renew(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    id: &Id,
    mail: bool,
) -> Result<New, Problem> {
    let old = end(connection, &project.id, id, Ended::Replaced, act.actor, act.now)?;
    if let Some(too_many) = too_many(connection, &old.email_folded, act.actor, act.now)? {
        return Err(too_many.into());
    }
    let new = add(connection, act, project, &old.email, &old.email_folded, old.role, mail)?;
    activity::record(
        connection,
        act,
        &Event::invitation(Action::InvitationRenewed, &new.invitation),
    )?;
    Ok(new)
}

pub fn cancel(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    id: &Id,
) -> Result<Invitation, Problem> {
    let invitation = end(connection, project, id, Ended::Cancelled, act.actor, act.now)?;
    activity::record(
        connection,
        act,
        &Event::invitation(Action::InvitationCancelled, &invitation),
    )?;
    Ok(invitation)
}
