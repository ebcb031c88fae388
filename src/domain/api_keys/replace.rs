//! Deleting a key and creating it again, for a key whose value nobody saw because the answer was
//! lost.

use super::{
    ApiKey, CreateError, Created, Deletion, Expiry, FormToken, Id, KeyName, Narrowed, NewKey,
    create, delete, find, terms,
};
use crate::db::{self, DbConnection, api_keys};
use crate::domain::Act;
use crate::domain::environments::Environment;
use crate::domain::members::{self, AccessError};

#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// There is no such key in this environment.
    #[error("no such key")]
    NotFound,
    #[error("the key is deleted already")]
    Gone(Box<Deletion>),
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// The new key could not be created.
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Deletes the key and creates one with the same name, note and kind, in the caller's transaction.
pub fn replace(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    id: &Id,
    token: FormToken,
) -> Result<(Id, Created), ReplaceError> {
    // Held first, in the same order as when the environment is deleted. Otherwise each could wait
    // for the other.
    db::environments::hold(connection, &environment.id)?.ok_or(CreateError::Gone)?;
    members::require_keys(connection, &environment.id, act.actor)?;
    // A retry finds the old key deleted and must be told about the new key instead.
    if let Some(key) = db::api_keys::find_by_form_token(connection, token.as_str())? {
        return Err(CreateError::TokenUsed(Box::new(key)).into());
    }
    let key = find(connection, &environment.id, id)?.ok_or(ReplaceError::NotFound)?;
    let new = NewKey {
        kind: key.kind,
        name: stored_name(&key.name)?,
        form_token: Some(token.clone()),
        narrowed: stored_limits(&key)?,
        expiry: key.expires_at.map(Expiry::At),
    };
    match delete(connection, act, environment, key)? {
        Deletion::Deleted(old) => {
            let mut created = create(connection, act, environment, &new)?;
            api_keys::life::describe(connection, &created.key.id, None, &old.note)?;
            terms::index(connection, &created.key, &old.note, None)?;
            created.key.note = old.note;
            Ok((old.id, created))
        }
        // The same form may have been sent twice, and have created a key meanwhile.
        already @ Deletion::Already { .. } => {
            match db::api_keys::find_by_form_token(connection, token.as_str())? {
                Some(key) => Err(CreateError::TokenUsed(Box::new(key)).into()),
                None => Err(ReplaceError::Gone(Box::new(already))),
            }
        }
    }
}

/// What narrows the old key, and will narrow the new one, too.
fn stored_limits(key: &ApiKey) -> Result<Narrowed, db::Error> {
    let bad = || db::Error::Unavailable(format!("what narrows {} can't be read", key.id));
    key.narrowed.read().read().ok_or_else(bad)
}

fn stored_name(name: &str) -> Result<KeyName, db::Error> {
    KeyName::parse(name)
        .map_err(|e| db::Error::Unavailable(format!("a stored name is not a name: {e}")))
}
