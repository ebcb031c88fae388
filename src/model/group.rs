//! The group of a call: what the call may do depends on it.

use super::stored_words::Kind;
use super::words::words;

words! {
    /// The group of a call. Access rules decide for each group what it may do; they stand here from
    /// the least rights to the most.
    pub enum Group {
        Guest = "guest",
        /// A publishable key and a valid access token.
        User = "user",
        Admin = "admin",
    }
}

impl Group {
    /// The group of a call with a key of this kind. `user` is the user whose valid access token
    /// came with it.
    pub fn of(kind: Kind, user: Option<&str>) -> Self {
        match (kind, user) {
            (Kind::Secret, _) => Self::Admin,
            (Kind::Publishable, Some(_)) => Self::User,
            (Kind::Publishable, None) => Self::Guest,
        }
    }

    /// The kind of key that calls of this group are made with.
    pub fn kind(self) -> Kind {
        match self {
            Self::Guest | Self::User => Kind::Publishable,
            Self::Admin => Kind::Secret,
        }
    }
}
