//! When a key was good last, or what is known instead.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::began;
use crate::db::api_keys::ApiKey;
use crate::db::{DbConnection, KeyId, Result, usage_latest};

/// When a key was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastUsed {
    /// Then.
    At(NaiveDateTime),
    /// Never: all of its life was counted.
    NotYet,
    /// Not since counting began; it is older than that.
    NotSince(NaiveDateTime),
}

/// When each of these keys was used last, in their order.
pub fn last_used<'a>(connection: &mut DbConnection, keys: impl Iterator<Item = &'a ApiKey> + Clone) -> Result<Vec<LastUsed>> {
    let ids: Vec<KeyId> = keys.clone().map(|key| key.id.clone()).collect();
    let accepted: HashMap<KeyId, NaiveDateTime> =
        usage_latest::of_keys(connection, &ids)?.into_iter().filter_map(|latest| Some((latest.key_id, latest.accepted_at?))).collect();
    let began = began(connection)?;
    Ok(keys
        .map(|key| match (accepted.get(&key.id), began) {
            (Some(at), _) => LastUsed::At(*at),
            (None, Some(began)) if key.created_at < began => LastUsed::NotSince(began),
            (None, _) => LastUsed::NotYet,
        })
        .collect())
}
