//! Deleting an environment and all its keys: once this is committed, every verification refuses
//! them.

use super::{Environment, Id};
use crate::db::{self, DbConnection, Kind, ProjectId, api_keys, environments, former_names, users};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{self, AccessError, Right};
use crate::domain::projects::KeyCounts;
use crate::domain::text::looks_like;

/// How a deletion ended. In either case the environment is deleted.
#[derive(Debug)]
pub enum Deletion {
    Deleted {
        environment: Environment,
        /// How many keys were deleted with it.
        keys: KeyCounts,
    },
    /// Somebody else was first.
    Already {
        /// The environment, with the time of its deletion.
        environment: Environment,
        /// The name of who deleted it. `None`: the command line.
        by: Option<String>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// There is no such environment in the project.
    #[error("no such environment")]
    NotFound,
    /// The typed name is not the current name of the environment.
    #[error("the name was not typed")]
    NotConfirmed(Box<Environment>),
    /// It is the last environment, and a project keeps at least one.
    #[error("it is the last environment")]
    Last(Box<Environment>),
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The environment with this id in this project, living or deleted.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &Id,
) -> db::Result<Option<Environment>> {
    Ok(environments::find(connection, id)?.filter(|environment| environment.project_id == *project))
}

/// The answer to somebody who was not the first.
pub(super) fn already(
    connection: &mut DbConnection,
    environment: Environment,
) -> db::Result<Deletion> {
    let by = match &environment.deleted_by {
        Some(user) => users::find(connection, user)?.map(|user| user.name),
        None => None,
    };
    Ok(Deletion::Already { environment, by })
}

/// Deletes an environment whose name was typed, unless it is deleted already or the last one.
pub fn delete(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    id: &Id,
    typed: &str,
) -> Result<Deletion, DeleteError> {
    // Without the lock, two requests at once could each leave the other's as the last.
    db::lock(connection, db::Lock::Environments)?;
    members::require(connection, project, act.actor, Right::Manage)?;
    let environment = find(connection, project, id)?.ok_or(DeleteError::NotFound)?;
    if environment.deleted_at.is_some() {
        return Ok(already(connection, environment)?);
    }
    if environments::list(connection, project)?.len() == 1 {
        return Err(DeleteError::Last(Box::new(environment)));
    }
    if !looks_like(typed, &environment.name) {
        return Err(DeleteError::NotConfirmed(Box::new(environment)));
    }
    let keys = end(connection, act, &environment, "with its environment")?;
    let detail = format!("{} with it", keys.ended());
    activity::record(
        connection,
        act,
        &Event::environment(Action::EnvironmentDeleted, &environment).detail(&detail),
    )?;
    Ok(Deletion::Deleted { environment, keys })
}

/// Deletes an environment and all its keys, each with its own entry in the activity.
pub(in crate::domain) fn end(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    why: &str,
) -> db::Result<KeyCounts> {
    db::take_time(connection)?; // it may have a million keys
    // After this nobody can add a key.
    environments::mark_deleted(connection, &environment.id, act.actor.user(), act.now)?;
    former_names::give_up(connection, environment, &environment.name)?;
    api_keys::hold_all(connection, &environment.id)?;
    let mut count = |kind| crate::domain::api_keys::count(connection, &environment.id, kind);
    let counts = KeyCounts { publishable: count(Kind::Publishable)?, secret: count(Kind::Secret)? };
    activity::record_ended_keys(connection, act, environment, why)?;
    api_keys::mark_all_deleted(connection, &environment.id, act.actor.user(), act.now)?;
    Ok(counts)
}
