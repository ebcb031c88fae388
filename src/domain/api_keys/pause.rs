//! Pausing a key: refused at once, until somebody resumes it.

use super::living::{LifeError, hold_living, require_seen};
use super::{ApiKey, Id};
use crate::db::{DbConnection, api_keys};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;

/// Pauses a key, if it is not paused yet.
pub fn pause(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
) -> Result<ApiKey, LifeError> {
    let key = hold_living(connection, environment, id, act.actor, act.now)?;
    if key.paused_at.is_none() {
        api_keys::life::set_paused(connection, id, Some(act.now))?;
        activity::record(connection, act, &Event::key(Action::KeyPaused, &key, environment))?;
    }
    Ok(key)
}

/// Resumes a key, if it is paused, and as the form has seen it: one that leaked since is not
/// revived by accident.
pub fn resume(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    by_form: Option<&str>,
) -> Result<ApiKey, LifeError> {
    let key = hold_living(connection, environment, id, act.actor, act.now)?;
    if key.paused_at.is_some() {
        require_seen(&key, by_form)?;
        api_keys::life::set_paused(connection, id, None)?;
        activity::record(connection, act, &Event::key(Action::KeyResumed, &key, environment))?;
    }
    Ok(key)
}
