//! What a call may do.

use crate::db::Kind;

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A publishable key alone.
    Guest,
    /// A publishable key, and a valid access token.
    User,
    /// Everything: a secret key.
    Admin,
}

impl Group {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Guest, Self::User, Self::Admin];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == word)
    }

    /// Who a key speaks for; `user` has sent a valid access token with it.
    pub fn of(kind: Kind, user: Option<&str>) -> Self {
        match (kind, user) {
            (Kind::Secret, _) => Self::Admin,
            (Kind::Publishable, Some(_)) => Self::User,
            (Kind::Publishable, None) => Self::Guest,
        }
    }
}
