//! A key as the commands print it in JSON.

use chrono::NaiveDateTime;
use serde::Serialize;

use super::super::output::time;
use crate::domain::api_keys::ApiKey;
use crate::domain::limits::RateLimit;
use crate::domain::usage::LastUsed;
use crate::model::KeyState;

/// Fields may be added, but none is ever removed.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) environment: &'a str,
    pub(super) mask: &'a str,
    pub(super) name: &'a str,
    pub(super) state: &'a str,
    /// Empty if there is none.
    note: &'a str,
    /// In RFC 3339, as all times here.
    created_at: String,
    /// The name of the user who added it. Null if it was added on the command line.
    pub(super) created_by: Option<&'a str>,
    /// Null if it does not expire.
    pub(super) expires_at: Option<String>,
    /// Null if it was not used yet, or not since calls are counted.
    last_used_at: Option<String>,
    paused: bool,
    leaked: bool,
    /// Whether its limits can't be read, so that it is refused.
    damaged: bool,
    /// Null if it may be used for everything that its kind may.
    scopes: Option<Vec<String>>,
    /// Null if it may be used from everywhere.
    addresses: Option<Vec<String>>,
    /// Null if there is no limit.
    rate: Option<RateLimit>,
}

impl<'a> Told<'a> {
    pub(super) fn of(
        key: &'a ApiKey,
        environment: &'a str,
        created_by: Option<&'a str>,
        last_used: LastUsed,
        now: NaiveDateTime,
    ) -> Self {
        let narrowed = key.narrowed.read().read();
        let words = |list: &str| list.split(' ').map(str::to_owned).collect();
        Self {
            id: key.id.as_str(),
            kind: key.kind.as_str(),
            environment,
            mask: &key.mask,
            name: &key.name,
            state: key.state(now).as_str(),
            note: &key.note,
            created_at: time(key.created_at),
            created_by,
            expires_at: key.expires_at.map(time),
            last_used_at: match last_used {
                LastUsed::At(at) => Some(time(at)),
                LastUsed::NotYet | LastUsed::NotSince(_) => None,
            },
            paused: key.paused_at.is_some(),
            leaked: key.leaked_at.is_some(),
            damaged: narrowed.is_none(),
            scopes: narrowed.as_ref().and_then(|n| Some(words(n.scopes.as_ref()?.as_str()))),
            addresses: narrowed.as_ref().and_then(|n| Some(words(n.addresses.as_ref()?.as_str()))),
            rate: narrowed.and_then(|narrowed| narrowed.limit),
        }
    }

    /// The same key, with the mask and state of a value that a rotation replaced.
    pub(super) fn of_former(self, mask: &'a str, state: KeyState) -> Self {
        Self { mask, state: state.as_str(), ..self }
    }
}
