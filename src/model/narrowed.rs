//! What narrows a single key.

use super::{AddressRanges, RateLimit, Scopes};

/// What narrows a key: it may do less than other keys of its kind. By default nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// What the key may do. `None`: everything that its group may do.
    pub scopes: Option<Scopes>,
    /// Where the key may be used from. `None`: everywhere. Only secret keys can have address
    /// ranges.
    pub addresses: Option<AddressRanges>,
    /// How often the key may be used. `None`: there is no limit.
    pub limit: Option<RateLimit>,
}
