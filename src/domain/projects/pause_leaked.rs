//! Whether a project pauses secret keys that are reported as leaked.

use super::{Id, Project};
use crate::db::{self, DbConnection, projects};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{self, AccessError, Right};

/// Whether secret keys that are reported as leaked are paused at once.
pub fn pauses_leaked(connection: &mut DbConnection, project: &Id) -> db::Result<bool> {
    projects::pauses_leaked(connection, project)
}

/// Changes whether they are, for reports from now on.
pub fn set_pauses_leaked(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    pauses: bool,
) -> Result<(), AccessError> {
    members::require(connection, &project.id, act.actor, Right::Manage)?;
    if projects::pauses_leaked(connection, &project.id)? == pauses {
        return Ok(());
    }
    projects::set_pauses_leaked(connection, &project.id, pauses)?;
    let detail = if pauses { "paused" } else { "only marked" };
    Ok(activity::record(
        connection,
        act,
        &Event::project(Action::PauseLeakedChanged, project).detail(detail),
    )?)
}
