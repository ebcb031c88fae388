//! Deleting a key: once this is committed, every verification refuses it.

use super::{ApiKey, Id};
use crate::db::{self, DbConnection, EnvironmentId, api_keys, environments, users};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::members::{self, AccessError};

/// How a deletion ended. In either case the key is refused from now on.
#[derive(Debug)]
pub enum Deletion {
    Deleted(ApiKey),
    /// Somebody else was first.
    Already {
        /// The key, with the time of its deletion.
        key: ApiKey,
        /// The name of who deleted it. `None`: the command line.
        by: Option<String>,
    },
}

/// The key with this id in this environment, living or deleted.
pub fn find(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    id: &Id,
) -> db::Result<Option<ApiKey>> {
    Ok(api_keys::find(connection, id)?.filter(|key| key.environment_id == *environment))
}

/// The key with this id in any project, with its environment: for the command line.
pub fn find_anywhere(
    connection: &mut DbConnection,
    id: &Id,
) -> db::Result<Option<(ApiKey, Environment)>> {
    let Some(key) = api_keys::find(connection, id)? else { return Ok(None) };
    Ok(environments::find(connection, &key.environment_id)?.map(|environment| (key, environment)))
}

/// Deletes a key of `environment`, unless it is deleted already.
pub fn delete(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    key: ApiKey,
) -> Result<Deletion, AccessError> {
    members::require_keys(connection, &environment.id, act.actor)?;
    if key.deleted_at.is_none()
        && api_keys::mark_deleted(connection, &key.id, act.actor.user(), act.now)?
    {
        let key =
            ApiKey { deleted_at: Some(act.now), deleted_by: act.actor.user().cloned(), ..key };
        activity::record(connection, act, &Event::key(Action::KeyDeleted, &key, environment))?;
        return Ok(Deletion::Deleted(key));
    }
    let key = api_keys::find(connection, &key.id)?.unwrap_or(key);
    let by = users::name_of(connection, key.deleted_by.as_ref())?;
    Ok(Deletion::Already { key, by })
}
