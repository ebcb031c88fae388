//! What a call may do, and from where: operations and rights, scopes, origins, address ranges.

mod base_path;
mod operation;
mod origins;
mod ranges;
mod scopes;
mod target;

pub use base_path::{BasePath, BasePathError};
pub use operation::{Operation, Rights};
pub use origins::{AllowedOrigin, AllowedOrigins, OriginError};
pub use ranges::{AddressRanges, RangeError};
pub use scopes::{ScopeError, Scopes};
pub use target::{Odd, Target};

use serde::{Deserialize, Serialize};

/// The rules of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Under which the API's resources are.
    pub base_path: BasePath,
    /// Which group may do what.
    pub rights: Rights,
    /// Where publishable keys may be used; empty: everywhere.
    pub origins: AllowedOrigins,
    /// Whether secret keys that come from a browser are refused.
    pub refuse_secret_keys_from_browsers: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            base_path: BasePath::default(),
            rights: Rights::default(),
            origins: AllowedOrigins::default(),
            refuse_secret_keys_from_browsers: true,
        }
    }
}
