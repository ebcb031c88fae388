//! Holding a key that is about to be changed.

use chrono::NaiveDateTime;

use super::{ApiKey, Id};
use crate::db::{self, DbConnection, api_keys};
use crate::domain::Actor;
use crate::domain::environments::Environment;
use crate::domain::members::{self, AccessError};
use crate::domain::text::fingerprint;
use crate::model::KeyState;

/// Why a key can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// There is no such key in this environment.
    #[error("there is no such key")]
    NotFound,
    #[error("the key is deleted")]
    Deleted(Box<ApiKey>),
    #[error("the key has expired; give it a later expiry first")]
    Expired,
    /// Somebody has changed the key's state since the form was made.
    #[error("the key was changed meanwhile")]
    Changed,
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A fingerprint of the key's state that a form shows, so that nobody ends a pause or an overlap
/// that began later.
pub fn seen(key: &ApiKey) -> String {
    let at = |time: Option<NaiveDateTime>| time.map_or_else(String::new, |time| time.to_string());
    fingerprint(&[
        &key.mask,
        &at(key.overlap_until),
        &at(key.paused_at),
        &at(key.leaked_at),
        &at(key.former_leaked_at),
    ])
}

/// Checks that the form was made for the current state. `None`: the change does not come from a
/// form.
pub(super) fn require_seen(key: &ApiKey, by_form: Option<&str>) -> Result<(), LifeError> {
    if by_form.is_none_or(|by_form| by_form == seen(key)) {
        Ok(())
    } else {
        Err(LifeError::Changed)
    }
}

/// Holds the key for a change, if it is not deleted and the actor may change it. Nobody else can
/// change it until the end of the transaction.
pub(super) fn hold(
    connection: &mut DbConnection,
    environment: &Environment,
    id: &Id,
    actor: &Actor,
) -> Result<ApiKey, LifeError> {
    members::require_keys(connection, &environment.id, actor)?;
    let key = api_keys::life::hold(connection, id)?
        .filter(|key| key.environment_id == environment.id)
        .ok_or(LifeError::NotFound)?;
    if key.deleted_at.is_some() { Err(LifeError::Deleted(Box::new(key))) } else { Ok(key) }
}

/// Like [`hold`], but the key must not have expired either.
pub(super) fn hold_living(
    connection: &mut DbConnection,
    environment: &Environment,
    id: &Id,
    actor: &Actor,
    now: NaiveDateTime,
) -> Result<ApiKey, LifeError> {
    let key = hold(connection, environment, id, actor)?;
    if key.state(now) == KeyState::Expired { Err(LifeError::Expired) } else { Ok(key) }
}
