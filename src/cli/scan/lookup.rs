//! Looks up in the database which keys were found.

use std::fmt;

use serde::Serialize;

use super::super::{Failure, database};
use super::Finding;
use crate::config::Config;
use crate::domain::Clock;
use crate::domain::verification::{FoundKey, find_all};
use crate::model::KeyState;

/// A key of the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct KnownKey {
    id: String,
    name: String,
    /// `prj_…`
    project: String,
    /// The name of the environment.
    environment: String,
    state: &'static str,
}

impl KnownKey {
    fn of(FoundKey { key, home, .. }: &FoundKey, state: KeyState) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            project: home.project.to_string(),
            environment: home.name.clone(),
            state: if home.deleted { KeyState::Deleted.as_str() } else { state.as_str() },
        }
    }
}

impl fmt::Display for KnownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, environment, state, .. } = self;
        write!(f, "{state} key '{name}' of {environment}: {id}")
    }
}

/// Adds to each finding which keys it is, and whether one of them works.
pub(super) fn look_up(config: &Config, findings: &mut [Finding]) -> Result<(), Failure> {
    let now = Clock::default().now();
    let known = database(config)?.read(|connection| -> Result<_, Failure> {
        let mut known = Vec::new();
        for finding in findings.iter() {
            known.push(find_all(connection, &finding.digest)?);
        }
        Ok(known)
    })?;
    for (finding, known) in findings.iter_mut().zip(known) {
        let works = |found: &FoundKey| match found.key.times.state(now) {
            KeyState::Active => !found.home.deleted,
            KeyState::Paused => !found.home.deleted, // somebody may resume it
            KeyState::Deleted | KeyState::Rotated | KeyState::Expired => false,
        };
        // A key that this database does not know may belong to another Keyrack, so it counts as
        // working.
        finding.works = known.is_empty() || known.iter().any(|found| works(found));
        finding.keys =
            Some(known.iter().map(|f| KnownKey::of(f, f.key.times.state(now))).collect());
    }
    Ok(())
}
