//! What people call a key, and what they note about it.

use chrono::NaiveDateTime;

use super::create::taken;
use super::living::{LifeError, hold};
use super::secret::mask_in;
use super::{ApiKey, Id, KeyName, rotate, terms};
use crate::db::{self, DbConnection, api_keys_life};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::projects::{Description, DescriptionError};
use crate::domain::{Actor, CryptoRng};

/// What a key is for, and who to ask: at most 500 characters, and not a key itself.
#[derive(Debug, Clone, Default)]
pub struct Note(Description);

/// Why a text can't be a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a text at all.
    #[error(transparent)]
    Text(#[from] DescriptionError),
    /// Somebody pasted a key. It must not be kept, or shown again.
    #[error("There is a key in it. Keep keys out of notes.")]
    HasKey,
}

impl Note {
    /// The note in `raw`; line ends are fine.
    pub fn parse(raw: &str) -> Result<Self, NoteError> {
        if mask_in(raw).is_some() {
            return Err(NoteError::HasKey);
        }
        Ok(Self(Description::parse(raw)?))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// Nothing can be done to the key.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Another living key has this name; `free` is one that nobody has.
    #[error("'{}' ({}) has this name already", .other.name, .other.mask)]
    NameTaken {
        /// The one that has it.
        other: Box<ApiKey>,
        /// A name like it that is free.
        free: Option<KeyName>,
    },
}

impl From<db::Error> for DescribeError {
    fn from(error: db::Error) -> Self {
        Self::Life(error.into())
    }
}

/// Changes name and note of a key. An expired one is still listed, so it can be changed, too.
#[expect(clippy::too_many_arguments, reason = "what is changed, and who does it when")]
pub fn describe(
    connection: &mut DbConnection,
    environment: &Environment,
    id: &Id,
    name: &KeyName,
    note: &Note,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<ApiKey, DescribeError> {
    let key = hold(connection, environment, id, actor)?;
    if key.name == name.as_str() && key.note == note.as_str() {
        return Ok(key);
    }
    refuse(connection, &key, name)?;
    match api_keys_life::describe(connection, id, name.as_str(), name.folded(), note.as_str()) {
        Err(error @ db::Error::Conflict(_)) => {
            refuse(connection, &key, name)?; // somebody was quicker: say who
            return Err(error.into());
        }
        result => result?,
    }
    let former = rotate::former_value(connection, &key, now)?;
    terms::index(connection, &key, note.as_str(), former.as_ref().map(|former| former.mask.as_str()))?;
    let changed = match (key.name == name.as_str(), key.note == note.as_str()) {
        (false, true) => format!("name, before {}", key.name),
        (false, false) => format!("note and name, before {}", key.name),
        (true, _) => "note".to_owned(),
    };
    let key = ApiKey { name: name.as_str().to_owned(), note: note.as_str().to_owned(), ..key };
    activity::record(connection, &Event::key(Action::KeyChanged, &key, environment).detail(&changed), actor, now, rng)?;
    Ok(key)
}

fn refuse(connection: &mut DbConnection, key: &ApiKey, name: &KeyName) -> Result<(), DescribeError> {
    match taken(connection, &key.environment_id, key.kind, name)? {
        Some((other, free)) if other.id != key.id => Err(DescribeError::NameTaken { other: Box::new(other), free }),
        _ => Ok(()),
    }
}
