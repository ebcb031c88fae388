//! Who does something.

use crate::db::UserId;

/// Who does something: a person in a page, or whoever runs the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is signed in.
    User(UserId),
    /// `keyrack …` on the machine itself.
    CommandLine,
}

impl Actor {
    /// The user, if it is one; the database stores nobody for the command line.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::CommandLine => None,
        }
    }
}
