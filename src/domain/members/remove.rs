//! Removing a member, or leaving a project. The keys that they created go on working.

use super::change_role::{both, cancel_invitations, keep_an_owner};
use super::problem::Problem;
use super::{AccessError, may_manage, why_not_manage};
use crate::db::{DbConnection, ProjectId, members};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};

/// Removes a member from a project. Everybody may leave, except the last owner.
pub fn remove(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    user: &users::Id,
) -> Result<User, Problem> {
    let (by, user, role) = both(connection, project, act.actor, user)?;
    let leaves = act.actor.user() == Some(&user.id);
    if !leaves && !may_manage(by, role) {
        return Err(AccessError::Forbidden(why_not_manage(by).to_owned()).into());
    }
    keep_an_owner(connection, project, &user.id, role)?;
    members::delete(connection, project, &user.id)?;
    cancel_invitations(connection, act, project, &user.id, None)?;
    let action = if leaves { Action::MemberLeft } else { Action::MemberRemoved };
    let detail = format!("was {role}");
    activity::record(connection, act, &Event::member(action, &user, project).detail(&detail))?;
    Ok(user)
}
