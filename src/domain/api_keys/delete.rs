//! Deleting a key: from the moment this is committed, every verify refuses it.

use chrono::NaiveDateTime;

use super::{ApiKey, Id};
use crate::db::{self, DbConnection, EnvironmentId, api_keys, users};
use crate::domain::Actor;

/// How a deletion ended. Either way the key is refused from now on.
#[derive(Debug)]
pub enum Deletion {
    /// This call did it.
    Deleted(ApiKey),
    /// Somebody else was first.
    Already {
        /// The key, with when it was deleted.
        key: ApiKey,
        /// The name of who did it; `None`: the command line.
        by: Option<String>,
    },
}

/// The key with this id in this environment, living or not.
pub fn find(connection: &mut DbConnection, environment: &EnvironmentId, id: &Id) -> db::Result<Option<ApiKey>> {
    Ok(api_keys::find(connection, id)?.filter(|key| key.environment_id == *environment))
}

/// The key with this id, wherever it is: for the command line.
pub fn find_anywhere(connection: &mut DbConnection, id: &Id) -> db::Result<Option<ApiKey>> {
    api_keys::find(connection, id)
}

/// Deletes a key, if it is not deleted yet.
pub fn delete(connection: &mut DbConnection, key: ApiKey, actor: &Actor, now: NaiveDateTime) -> db::Result<Deletion> {
    if key.deleted_at.is_none() && api_keys::mark_deleted(connection, &key.id, actor.user(), now)? {
        return Ok(Deletion::Deleted(ApiKey { deleted_at: Some(now), deleted_by: actor.user().cloned(), ..key }));
    }
    let key = api_keys::find(connection, &key.id)?.unwrap_or(key);
    let by = match &key.deleted_by {
        Some(user) => users::find(connection, user)?.map(|user| user.name),
        None => None,
    };
    Ok(Deletion::Already { key, by })
}
