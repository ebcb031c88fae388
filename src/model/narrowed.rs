//! To what a key is narrowed.

use super::{AddressRanges, RateLimit, Scopes};

/// To what a key is narrowed: by default to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// What it may do; none: everything.
    pub scopes: Option<Scopes>,
    /// Where it may be used from; none: everywhere. Secret keys only: the others are everywhere.
    pub addresses: Option<AddressRanges>,
    /// How often it may be used; none: as often as one likes.
    pub limit: Option<RateLimit>,
}
