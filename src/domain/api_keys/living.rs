//! A key that something is about to be done to.

use chrono::NaiveDateTime;

use super::{ApiKey, Id};
use crate::db::{self, DbConnection, api_keys};
use crate::domain::Actor;
use crate::domain::environments::Environment;
use crate::domain::members::{self, Refused};
use crate::domain::text::fingerprint;
use crate::model::KeyState;

/// Why nothing can be done to a key.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// There is no such key in this environment.
    #[error("there is no such key")]
    NotFound,
    #[error("the key is deleted")]
    Deleted(Box<ApiKey>),
    /// It has expired, for good.
    #[error("the key has expired; an expired key can't be revived")]
    Expired,
    /// Somebody changed what is about to be changed, since the form was made.
    #[error("the key was changed meanwhile")]
    Changed,
    /// Not by this member, or not any more.
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What a form has seen of a key's life: nobody ends a pause or an overlap that began after that.
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

/// That this is what the form has seen; `None`: there was no form.
pub(super) fn require_seen(key: &ApiKey, by_form: Option<&str>) -> Result<(), LifeError> {
    if by_form.is_none_or(|by_form| by_form == seen(key)) {
        Ok(())
    } else {
        Err(LifeError::Changed)
    }
}

/// The key, if it is not deleted and whoever asks may change it. Nobody else changes it until the
/// end of the transaction.
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

/// The same, if it has not expired either.
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
