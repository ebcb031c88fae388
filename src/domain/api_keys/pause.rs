//! Pausing a key, which is then refused until somebody resumes it.

use super::living::{LifeError, hold_living, require_seen};
use super::{ApiKey, Id};
use crate::db::{DbConnection, api_keys};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;

/// Pauses a key, unless it is paused already.
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

/// Resumes a paused key, if it still is as the form showed it. So a key that has leaked since is
/// not resumed by accident.
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
