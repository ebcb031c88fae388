//! The name and the note of a key.

use super::create::{Taken, taken};
use super::living::{LifeError, hold};
use super::{ApiKey, Id, KeyName, holds_imported, rotate, terms};
use crate::db::{self, DbConnection, api_keys};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::projects::{Description, DescriptionError};
use crate::domain::text::{NameError, fingerprint};

/// What a key is for, and whom to ask about it: at most 500 characters.
#[derive(Debug, Clone, Default)]
pub struct Note(Description);

impl Note {
    /// Parses a note. Line breaks are allowed.
    pub fn parse(raw: &str) -> Result<Self, DescriptionError> {
        Description::parse(raw).map(Self)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// What was changed. The rest is not checked, because the rules may have become stricter.
#[derive(Debug, Clone)]
pub struct Change {
    pub name: Option<KeyName>,
    pub note: Option<Note>,
    /// What [`described`] returned when the form was made, so that nobody overwrites a change that
    /// they have not seen.
    pub seen: Option<String>,
}

/// A fingerprint of the name and the note that a form shows.
pub fn described(key: &ApiKey) -> String {
    fingerprint(&[&key.name, &key.note])
}

#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// The key can't be changed.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Somebody has changed the key since the form was made. This is how it is now.
    #[error("name or note were changed meanwhile")]
    Stale(Box<ApiKey>),
    /// The name is a key that was imported.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A key that was imported stands in the note.
    #[error(transparent)]
    Note(#[from] DescriptionError),
    /// Another living key has this name.
    #[error("'{}' ({}) has this name already", .other.name, .other.mask)]
    NameTaken {
        /// The key that has it.
        other: Box<ApiKey>,
        /// A similar name that is free.
        free: Option<KeyName>,
    },
}

impl From<db::Error> for DescribeError {
    fn from(error: db::Error) -> Self {
        Self::Life(error.into())
    }
}

/// Changes the name and the note of a key. An expired key is still listed, so it can be changed,
/// too.
pub fn describe(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    change: &Change,
) -> Result<ApiKey, DescribeError> {
    let key = hold(connection, environment, id, act.actor)?;
    let name = change.name.as_ref().filter(|name| name.as_str() != key.name);
    let note = change.note.as_ref().map(Note::as_str).filter(|note| *note != key.note);
    if name.is_none() && note.is_none() {
        return Ok(key);
    }
    let seen = &change.seen;
    if seen.as_ref().is_some_and(|seen| *seen != described(&key)) {
        return Err(DescribeError::Stale(Box::new(key)));
    }
    let project = &environment.project_id;
    if let Some(name) = name
        && holds_imported(connection, project, name.as_str())?
    {
        return Err(NameError::IsKey.into());
    }
    if let Some(note) = note
        && holds_imported(connection, project, note)?
    {
        return Err(DescriptionError::HasKey.into());
    }
    refuse(connection, &key, name)?;
    let written = name.map(|name| (name.as_str(), name.folded()));
    let all_of_note = note.unwrap_or(&key.note);
    match api_keys::life::describe(connection, id, written, all_of_note) {
        Err(error @ db::Error::Conflict(_)) => {
            refuse(connection, &key, name)?; // somebody was quicker: say who
            return Err(error.into());
        }
        result => result?,
    }
    let former = rotate::former_value(connection, &key, act.now)?;
    let former = former.as_ref().map(|former| former.mask.as_str());
    terms::index(connection, &key, all_of_note, former)?;
    let changed = match (name, note) {
        (Some(_), None) => format!("name (was {})", key.name),
        (Some(_), Some(_)) => format!("note and name (was {})", key.name),
        (None, _) => "note".to_owned(),
    };
    let key = ApiKey {
        note: all_of_note.to_owned(),
        name: name.map_or_else(|| key.name.clone(), |name| name.as_str().to_owned()),
        ..key
    };
    activity::record(
        connection,
        act,
        &Event::key(Action::KeyChanged, &key, environment).detail(&changed),
    )?;
    Ok(key)
}

fn refuse(
    connection: &mut DbConnection,
    key: &ApiKey,
    name: Option<&KeyName>,
) -> Result<(), DescribeError> {
    let Some(name) = name else { return Ok(()) };
    match name_taken(connection, key, name)? {
        Some((other, free)) => Err(DescribeError::NameTaken { other: Box::new(other), free }),
        None => Ok(()),
    }
}

/// The other living key that has the name.
pub fn name_taken(
    connection: &mut DbConnection,
    key: &ApiKey,
    name: &KeyName,
) -> db::Result<Option<Taken>> {
    let taken = taken(connection, &key.environment_id, key.kind, name)?;
    Ok(taken.filter(|(other, _)| other.id != key.id))
}
