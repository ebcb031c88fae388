//! What a call may do, and from where: operations and rights, scopes, origins, address ranges.

mod base_path;
mod decide;
mod from_where;
mod original;
mod origins;
mod path;
mod rights;
mod spelling;
#[cfg(test)]
mod tests;

pub use base_path::{BasePath, BasePathError};
pub use decide::{Denied, Target};
pub use from_where::{Place, may_be_our_gateway};
pub use original::{Method, Original, Request, Unknown};
pub use origins::{AllowedOrigin, AllowedOrigins, OriginError};
pub use path::Ambiguity;
pub use rights::Rights;

pub use crate::model::{AddressRanges, Group, Kind, Operation, RangeError, ScopeError, Scopes};

use serde::{Deserialize, Serialize};

/// The rules of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Under which the API's resources are.
    pub base_path: BasePath,
    /// Who may call paths outside it.
    #[serde(default)]
    pub elsewhere: Elsewhere,
    /// Which group may do what.
    pub rights: Rights,
    /// Where publishable keys may be used; empty: everywhere.
    pub origins: AllowedOrigins,
    /// Whether secret keys that come from a browser are refused.
    pub refuse_secret_keys_from_browsers: bool,
    /// Whether publishable keys are good without a known original request, whatever the rules say.
    /// Scopes and addresses hold all the same.
    #[serde(default)]
    pub check_keys_only: bool,
}

/// Who may call paths outside the base path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Elsewhere {
    /// Every key.
    Everybody,
    /// Secret keys without scopes.
    #[default]
    SecretKeys,
    /// No key.
    Nobody,
}

impl Elsewhere {
    /// All of them, from the most open to the strictest.
    pub const ALL: [Self; 3] = [Self::Everybody, Self::SecretKeys, Self::Nobody];

    /// Its word in a form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::SecretKeys => "secret-keys",
            Self::Nobody => "nobody",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|elsewhere| elsewhere.as_str() == word)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            base_path: BasePath::default(),
            elsewhere: Elsewhere::default(),
            rights: Rights::default(),
            origins: AllowedOrigins::default(),
            refuse_secret_keys_from_browsers: true,
            check_keys_only: false,
        }
    }
}
