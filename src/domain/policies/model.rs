//! The policy of an environment, as it is stored and as the verifier keeps it.

use serde::{Deserialize, Serialize};

use crate::db::{self, DbConnection, EnvironmentId, policies};
use crate::domain::access_rules::Rules;
use crate::domain::access_tokens::{KeySet, Settings, Source};
use crate::model::PolicyTag;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How access tokens are checked; none: they are not looked at.
    pub tokens: Option<Settings>,
    /// What calls may do, and from where.
    #[serde(default)]
    pub rules: Rules,
}

/// One of its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Tokens(Option<Settings>),
    /// Access rules, but for whether only keys are checked.
    Rules(Rules),
    /// Whether only keys are checked while the original request is not known.
    CheckKeysOnly(bool),
}

/// A policy that was read, ready for use.
#[derive(Debug, Default)]
pub struct Current {
    /// Another one after each edit; none: there is no row.
    pub tag: Option<PolicyTag>,
    pub policy: Policy,
    /// The keys that were pasted, if they were pasted.
    pub keys: Option<KeySet>,
}

/// Whether publishable keys of an environment are good without a known original request. No, if its
/// policy can't be read: then none are.
pub fn checks_keys_only(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
) -> db::Result<bool> {
    let settings = policies::find(connection, environment)?.map(|(_, settings)| settings);
    let policy: Option<Policy> = settings.and_then(|settings| serde_json::from_str(&settings).ok());
    Ok(policy.is_some_and(|policy| policy.rules.check_keys_only))
}

/// The policy of an environment as it is now.
pub fn current(connection: &mut DbConnection, environment: &EnvironmentId) -> db::Result<Current> {
    let Some((tag, settings)) = policies::find(connection, environment)? else {
        return Ok(Current::default());
    };
    // Written by a version of Keyrack that knows more: better no answer than a wrong one.
    let unreadable = |reason: String| {
        db::Error::Unavailable(format!("the policy of {environment} can't be read: {reason}"))
    };
    let policy: Policy =
        serde_json::from_str(&settings).map_err(|error| unreadable(error.to_string()))?;
    let keys = match policy.tokens.as_ref().map(|tokens| &tokens.source) {
        Some(Source::Pasted(text)) => {
            Some(KeySet::parse(text).map_err(|error| unreadable(error.to_string()))?)
        }
        Some(Source::Url(_)) | None => None,
    };
    Ok(Current { tag: Some(tag), policy, keys })
}
