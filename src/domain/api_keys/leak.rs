//! Reports of a key whose full text was found where it does not belong.

use chrono::NaiveDateTime;

use super::{ApiKey, Digest, Kind};
use crate::db::{self, DbConnection, api_keys, environments, projects, rotated_secrets};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::projects::Project;
use crate::domain::verification::{Verifiable, find_all};
use crate::model::KeyState;

/// A key that was marked as leaked just now.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The key, with the mask of the value that was found.
    pub key: ApiKey,
    pub environment: Environment,
    pub project: Project,
    /// Whether it is refused from now on until somebody resumes it.
    pub paused: bool,
}

impl ApiKey {
    /// When the current value was reported as leaked, or else the former value while that still
    /// works.
    pub fn leaked(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        self.leaked_at
            .or_else(|| self.former_leaked_at.filter(|_| self.overlaps_until(now).is_some()))
    }

    /// Whether it was paused because it leaked, and nobody has changed that since.
    pub fn is_paused_by_leak(&self) -> bool {
        self.paused_at.is_some() && self.paused_at == self.leaked_at
    }
}

/// Whether a report of this value would change anything. If not, the report need not wait for the
/// writer.
pub fn is_leak_news(
    connection: &mut DbConnection,
    digest: &Digest,
    now: NaiveDateTime,
) -> db::Result<bool> {
    for value in find_all(connection, digest.bytes())? {
        let key = api_keys::find(connection, &value.key.id)?;
        if key.is_some_and(|key| is_news(&value.key, &key, now)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the value works, or would if the key were not paused, and is not marked yet.
fn is_news(value: &Verifiable, key: &ApiKey, now: NaiveDateTime) -> bool {
    let marked =
        if value.times.valid_until.is_some() { key.former_leaked_at } else { key.leaked_at };
    marked.is_none() && matches!(value.times.state(now), KeyState::Active | KeyState::Paused)
}

/// Marks the keys with this value (several projects may have imported it), and pauses secret ones
/// if their project says so. Returns those that were marked.
pub fn report_leak(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    digest: &Digest,
) -> db::Result<Vec<Leak>> {
    let mut leaks = Vec::new();
    for found in find_all(connection, digest.bytes())? {
        // The key is held before it is judged, so that nobody rotates, deletes or marks it
        // meanwhile.
        let Some(key) = api_keys::life::hold(connection, &found.key.id)? else { continue };
        let now_found = find_all(connection, digest.bytes())?;
        let value = now_found.iter().find(|value| value.key.id == key.id);
        let Some(value) = value.filter(|value| is_news(&value.key, &key, act.now)) else {
            continue;
        };
        leaks.extend(mark(connection, act, &value.key, key)?);
    }
    Ok(leaks)
}

fn mark(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    value: &Verifiable,
    key: ApiKey,
) -> db::Result<Option<Leak>> {
    let former = match value.times.valid_until {
        Some(_) => rotated_secrets::overlapping(connection, &key.id)?.map(|former| former.mask),
        None => None,
    };
    let Some(environment) = environments::find(connection, &key.environment_id)? else {
        return Ok(None);
    };
    let Some(project) = projects::find_by_id(connection, &environment.project_id)? else {
        return Ok(None);
    };
    let paused = key.kind == Kind::Secret
        && key.paused_at.is_none()
        && projects::pauses_leaked(connection, &project.id)?;
    api_keys::leaks::mark(connection, &key.id, former.is_some(), act.now)?;
    if paused {
        api_keys::life::set_paused(connection, &key.id, Some(act.now))?;
    }
    let detail = match (former.is_some(), paused) {
        (false, false) => "",
        (false, true) => "it was paused at once",
        (true, false) => "its old value",
        (true, true) => "its old value; it was paused at once",
    };
    let key = ApiKey { mask: former.unwrap_or_else(|| key.mask.clone()), ..key };
    let event = Event::key(Action::KeyLeaked, &key, &environment).detail(detail);
    activity::record(connection, act, &event)?;
    Ok(Some(Leak { key, environment, project, paused }))
}

/// How many leaked keys that still work, or are only paused, each environment of a project has, by
/// the environment's name.
pub fn count_leaked(
    connection: &mut DbConnection,
    project: &db::ProjectId,
    now: NaiveDateTime,
) -> db::Result<Vec<(String, i64)>> {
    api_keys::leaks::count(connection, project, now)
}
