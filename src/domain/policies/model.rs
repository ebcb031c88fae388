//! The policy of an environment, as it is stored and as the verifier keeps it.

use serde::{Deserialize, Serialize};

use crate::db::{self, DbConnection, EnvironmentId, policies};
use crate::domain::access_rules::Rules;
use crate::domain::access_tokens::{KeySet, Settings, Source};
use crate::model::PolicyTag;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How access tokens are checked. `None`: they are ignored.
    pub tokens: Option<Settings>,
    /// The access rules.
    #[serde(default)]
    pub rules: Rules,
}

/// A change of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Tokens(Option<Settings>),
    /// The access rules, except for *Check keys only*.
    Rules(Rules),
    /// *Check keys only*: whether the rules are ignored where the original request is not known.
    CheckKeysOnly(bool),
}

/// A policy as it was read, ready for use.
#[derive(Debug, Default)]
pub struct Current {
    /// The tag, which each edit replaces. `None`: there is no row.
    pub tag: Option<PolicyTag>,
    pub policy: Policy,
    /// The parsed keys, if they were pasted and not fetched.
    pub keys: Option<KeySet>,
}

/// Whether publishable keys of an environment are good without a known original request. If the
/// policy can't be read, the answer is no: no key is good then.
pub fn checks_keys_only(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
) -> db::Result<bool> {
    let settings = policies::find(connection, environment)?.map(|(_, settings)| settings);
    let policy: Option<Policy> = settings.and_then(|settings| serde_json::from_str(&settings).ok());
    Ok(policy.is_some_and(|policy| policy.rules.check_keys_only))
}

/// The current policy of an environment.
pub fn current(connection: &mut DbConnection, environment: &EnvironmentId) -> db::Result<Current> {
    let Some((tag, settings)) = policies::find(connection, environment)? else {
        return Ok(Current::default());
    };
    // It was written by a version of Keyrack that knows more. No answer is better than a wrong one.
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
