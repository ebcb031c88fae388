//! The longest life of a project's secret keys.

use super::Project;
use crate::db::{self, DbConnection, projects};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::members::{self, AccessError, Right};

/// A number of days from 1 to 3650.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLife(u16);

impl KeyLife {
    /// Parses a number of days. An empty text is `None`: no limit.
    pub fn parse(raw: &str) -> Result<Option<Self>, &'static str> {
        let text = raw.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let days = text
            .parse()
            .ok()
            .filter(|days| (1..=3650).contains(days) && text.bytes().all(|b| b.is_ascii_digit()));
        days.map(|days| Some(Self(days)))
            .ok_or("Enter a number of days from 1 to 3650, or nothing for no limit.")
    }

    /// In days.
    pub fn days(self) -> u16 {
        self.0
    }
}

/// The longest life of new secret keys. `None`: there is no limit.
pub fn key_life(connection: &mut DbConnection, project: &super::Id) -> db::Result<Option<KeyLife>> {
    Ok(projects::secret_key_days(connection, project)?
        .and_then(|days| u16::try_from(days).ok())
        .map(KeyLife))
}

/// Changes the longest life of secret keys that are created from now on.
pub fn set_key_life(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    life: Option<KeyLife>,
) -> Result<(), AccessError> {
    members::require(connection, &project.id, act.actor, Right::Manage)?;
    if key_life(connection, &project.id)? == life {
        return Ok(());
    }
    projects::set_secret_key_days(connection, &project.id, life.map(|life| life.0.into()))?;
    let detail = life.map_or_else(|| "no limit".to_owned(), |life| format!("{} days", life.0));
    activity::record(
        connection,
        act,
        &Event::project(Action::KeyLifeChanged, project).detail(&detail),
    )?;
    Ok(())
}
