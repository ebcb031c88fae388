//! Who does something, and from where.

use std::net::IpAddr;

use crate::db::UserId;

/// Somebody who is about to get an account.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// The public name of the session that begins.
    pub session: String,
}

impl Newcomer {
    /// The actor, once they have an account.
    pub(super) fn into_actor(self, id: UserId) -> Actor {
        Actor::User { id, address: self.address, session: Some(self.session) }
    }
}

/// Who does something: a user on a page, or whoever runs the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A user who is signed in.
    User {
        id: UserId,
        /// The address that the request came from.
        address: Option<IpAddr>,
        /// The public name of the session. It can't be used to sign in.
        session: Option<String>,
    },
    /// Somebody who runs `keyrack …` on the machine itself.
    CommandLine {
        /// Who runs it, as they say. Nobody checks that.
        says: Option<String>,
    },
    /// Somebody who has not proved who they are.
    Stranger {
        /// The address that the request came from.
        address: Option<IpAddr>,
    },
}

impl Actor {
    /// The user, if there is one. For the command line, the database stores null.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User { id, .. } => Some(id),
            Self::CommandLine { .. } | Self::Stranger { .. } => None,
        }
    }

    /// The address that the request came from.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::User { address, .. } | Self::Stranger { address } => *address,
            Self::CommandLine { .. } => None,
        }
    }

    /// Who runs the command line, as they say.
    pub fn says(&self) -> Option<&str> {
        match self {
            Self::CommandLine { says } => says.as_deref(),
            Self::User { .. } | Self::Stranger { .. } => None,
        }
    }

    pub fn session(&self) -> Option<&str> {
        match self {
            Self::User { session, .. } => session.as_deref(),
            Self::CommandLine { .. } | Self::Stranger { .. } => None,
        }
    }
}
