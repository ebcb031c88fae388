//! When a key was last used, or what is known instead.

use chrono::NaiveDateTime;

use super::{began, latest};
use crate::db::api_keys::ApiKey;
use crate::db::{DbConnection, Result};

/// When a key was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastUsed {
    At(NaiveDateTime),
    /// Never: calls were counted for the whole life of the key.
    NotYet,
    /// Not since counting began at this time. The key is older than that.
    NotSince(NaiveDateTime),
}

impl LastUsed {
    /// The last use of a key, from the time of the last accepted call and the time when counting
    /// began.
    pub fn of(
        key: &ApiKey,
        accepted_at: Option<NaiveDateTime>,
        began: Option<NaiveDateTime>,
    ) -> Self {
        match (accepted_at, began) {
            (Some(at), _) => Self::At(at),
            (None, Some(began)) if key.created_at < began => Self::NotSince(began),
            (None, _) => Self::NotYet,
        }
    }
}

/// When a key was used last.
pub fn last_used(connection: &mut DbConnection, key: &ApiKey) -> Result<LastUsed> {
    let accepted_at = latest(connection, &key.id)?.and_then(|latest| latest.accepted_at);
    Ok(LastUsed::of(key, accepted_at, began(connection)?))
}
