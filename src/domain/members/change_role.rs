//! Changing the role of a member. It takes effect at the member's next request.

use super::problem::Problem;
use super::{AccessError, Role, may_manage, role_of, why_not_manage};
use crate::db::{self, DbConnection, Ended, ProjectId, invitations, members};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};
use crate::domain::{Act, Actor};

/// The role of the actor, and the member in question. It takes the lock, so that neither changes
/// before the transaction ends.
pub(super) fn both(
    connection: &mut DbConnection,
    project: &ProjectId,
    actor: &Actor,
    user: &users::Id,
) -> Result<(Role, User, Role), Problem> {
    db::lock(connection, db::Lock::Members)?;
    let by = role_of(connection, project, actor)?;
    match members::find(connection, project, user)? {
        Some((user, role)) => Ok((by, user, role)),
        None => {
            Err(super::departure(connection, project, user)?
                .map_or(Problem::Unknown, Problem::Gone))
        }
    }
}

/// Returns an error if the project would have no owner who can sign in without this member.
pub fn keep_an_owner(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &users::Id,
    role: Role,
) -> Result<(), Problem> {
    if role == Role::Owner && members::count_other_owners(connection, project, user)? == 0 {
        return Err(Problem::LastOwner);
    }
    Ok(())
}

/// Cancels the invitations that a user made and could not make with the role `role`. An invitation
/// to themselves would be a way back.
pub(super) fn cancel_invitations(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    by: &users::Id,
    role: Option<Role>,
) -> Result<(), Problem> {
    for invitation in invitations::pending_by(connection, project, by)? {
        if !role.is_some_and(|role| may_manage(role, invitation.role)) {
            invitations::end(
                connection,
                &invitation.id,
                Ended::Cancelled,
                act.actor.user(),
                act.now,
            )?;
            activity::record(
                connection,
                act,
                &Event::invitation(Action::InvitationCancelled, &invitation),
            )?;
        }
    }
    Ok(())
}

/// Changes the role of a member to `to`, if it still is `was`, which the form showed.
pub fn change_role(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    user: &users::Id,
    was: Role,
    to: Role,
) -> Result<User, Problem> {
    let (by, user, role) = both(connection, project, act.actor, user)?;
    if !may_manage(by, role) || !may_manage(by, to) {
        return Err(AccessError::Forbidden(why_not_manage(by).to_owned()).into());
    }
    if role != was {
        return Err(Problem::Changed(role));
    }
    if role != to {
        if to != Role::Owner {
            keep_an_owner(connection, project, &user.id, role)?;
        }
        members::set_role(connection, project, &user.id, to)?;
        cancel_invitations(connection, act, project, &user.id, Some(to))?;
        let detail = format!("{role} to {to}");
        activity::record(
            connection,
            act,
            &Event::member(Action::MemberRoleChanged, &user, project).detail(&detail),
        )?;
    }
    Ok(user)
}
