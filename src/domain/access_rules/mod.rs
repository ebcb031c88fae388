//! What a call may do, and from where.
//!
//! `decide` judges what a call does: `path` says whether the original request is under the base
//! path or elsewhere, `rights` what each group may do. `from_where` judges addresses and origins.
//! `original` is the original request, and `spelling` folds paths that a server may take for equal.

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
pub use from_where::{CallPlace, may_be_our_gateway};
pub use original::{Method, Original, Request, Unknown};
pub use origins::{AllowedOrigin, AllowedOrigins, OriginError};
pub use path::Ambiguity;
pub use rights::Rights;

pub use crate::model::{AddressRanges, Group, Kind, Operation, RangeError, ScopeError, Scopes};

use serde::{Deserialize, Serialize};

use crate::model::words;

/// The access rules of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The path below which the API's resources are.
    pub base_path: BasePath,
    /// Who may call paths outside the base path.
    #[serde(default)]
    pub elsewhere: Elsewhere,
    /// Which operations each group may perform.
    pub rights: Rights,
    /// The origins from which publishable keys may be used. Empty: all origins.
    pub origins: AllowedOrigins,
    /// Whether secret keys that come from a browser are refused.
    pub refuse_secret_keys_from_browsers: bool,
    /// Whether publishable keys are good without a known original request, whatever the rules say.
    /// Scopes and address ranges still apply.
    #[serde(default)]
    pub check_keys_only: bool,
}

words! {
    /// Who may call paths outside the base path.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Elsewhere {
        Everybody = "everybody",
        #[default]
        SecretKeys = "secret-keys",
        Nobody = "nobody",
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
