//! Handing a project over: another member becomes an owner, and the former owner becomes an admin.

use super::change_role::{both, cancel_invitations};
use super::problem::Problem;
use super::{AccessError, Right, Role};
use crate::db::projects::Project;
use crate::db::{DbConnection, members};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};

/// Makes `to` an owner instead of `from`.
pub fn hand_over(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    from: &users::Id,
    to: &users::Id,
) -> Result<User, Problem> {
    let (by, user, role) = both(connection, &project.id, act.actor, to)?;
    if !Right::Own.belongs_to(by) {
        return Err(AccessError::Forbidden(Right::Own.why_not().to_owned()).into());
    }
    if role == Role::Owner {
        return Err(Problem::Changed(role));
    }
    match members::find(connection, &project.id, from)? {
        Some((_, Role::Owner)) => {}
        Some((_, role)) => return Err(Problem::Changed(role)),
        None => return Err(Problem::Unknown),
    }
    members::set_role(connection, &project.id, to, Role::Owner)?;
    members::set_role(connection, &project.id, from, Role::Admin)?;
    cancel_invitations(connection, act, &project.id, from, Some(Role::Admin))?;
    let detail = format!("to {}", user.name);
    activity::record(
        connection,
        act,
        &Event::project(Action::ProjectHandedOver, project).detail(&detail),
    )?;
    Ok(user)
}
