//! Deleting a project with everything in it: once this is committed, every verification refuses its
//! keys, and nobody finds the project any more.

use super::{Id, KeyCounts, Project};
use crate::db::{self, DbConnection, environments, projects};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::end;
use crate::domain::members::{self, AccessError, Right};
use crate::domain::text::looks_like;

#[derive(Debug)]
pub struct Deletion {
    pub project: Project,
    /// How many keys were deleted with it.
    pub keys: KeyCounts,
}

#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The typed name is not the current name of the project.
    #[error("the name was not typed")]
    NotConfirmed(Box<Project>),
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Deletes a project whose name was typed. Its slug is never given to another project.
pub fn delete(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    id: &Id,
    typed: &str,
) -> Result<Deletion, DeleteError> {
    db::lock(connection, db::Lock::Environments)?; // nobody adds an environment meanwhile
    members::require(connection, id, act.actor, Right::Own)?;
    let project = projects::find_by_id(connection, id)?.ok_or(AccessError::Stranger)?;
    if !looks_like(typed, &project.name) {
        return Err(DeleteError::NotConfirmed(Box::new(project)));
    }
    let mut keys = KeyCounts::default();
    let all = environments::list(connection, id)?;
    for environment in &all {
        keys = keys + end(connection, act, environment, "with its project")?;
    }
    projects::mark_deleted(connection, id, act.actor.user(), act.now)?;
    let plural = if all.len() == 1 { "" } else { "s" };
    let detail = format!("{} environment{plural} deleted, {} with it", all.len(), keys.ended());
    activity::record(
        connection,
        act,
        &Event::project(Action::ProjectDeleted, &project).detail(&detail),
    )?;
    Ok(Deletion { project, keys })
}
