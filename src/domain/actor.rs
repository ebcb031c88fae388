//! Who does something, and from where.

use std::net::IpAddr;

use crate::db::UserId;

/// From where somebody comes who has no account yet, and gets one.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// What the session is called that begins with it.
    pub session: String,
}

impl Newcomer {
    /// They, once they have an account.
    pub(super) fn into_actor(self, id: UserId) -> Actor {
        Actor::User { id, address: self.address, session: Some(self.session) }
    }
}

/// Who does something: a person in a page, or whoever runs the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is signed in.
    User {
        id: UserId,
        /// Where the request came from.
        address: Option<IpAddr>,
        /// What their session is called; of no use to get in.
        session: Option<String>,
    },
    /// `keyrack …` on the machine itself.
    CommandLine,
    /// Somebody who did not prove who they are.
    Stranger {
        /// Where the request came from.
        address: Option<IpAddr>,
    },
}

impl Actor {
    /// The user, if it is one; the database stores nobody for the command line.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User { id, .. } => Some(id),
            Self::CommandLine | Self::Stranger { .. } => None,
        }
    }

    /// Where the request came from.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::User { address, .. } | Self::Stranger { address } => *address,
            Self::CommandLine => None,
        }
    }

    pub fn session(&self) -> Option<&str> {
        match self {
            Self::User { session, .. } => session.as_deref(),
            Self::CommandLine | Self::Stranger { .. } => None,
        }
    }
}
