//! Who a call speaks for.

use super::stored_words::Kind;
use super::words::words;

words! {
    /// Who a call speaks for: what it may do is decided for each of these, from the least to the
    /// most.
    pub enum Group {
        Guest = "guest",
        /// A publishable key and a valid access token.
        User = "user",
        Admin = "admin",
    }
}

impl Group {
    /// Who a key speaks for; `user` has sent a valid access token with it.
    pub fn of(kind: Kind, user: Option<&str>) -> Self {
        match (kind, user) {
            (Kind::Secret, _) => Self::Admin,
            (Kind::Publishable, Some(_)) => Self::User,
            (Kind::Publishable, None) => Self::Guest,
        }
    }

    /// The kind of key that makes a call one of this group.
    pub fn kind(self) -> Kind {
        match self {
            Self::Guest | Self::User => Kind::Publishable,
            Self::Admin => Kind::Secret,
        }
    }
}
