//! Why nothing changed in a team.

use super::{AccessError, Departure, Role};
use crate::db;

/// Why nothing changed in a team. Everything is checked in the transaction of the change, so each
/// of these may have happened after the page was loaded.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The actor may not do this, or not any more.
    #[error(transparent)]
    Refused(#[from] AccessError),
    /// Nobody with this id is or was in the project.
    #[error("they are no member of the project")]
    Unknown,
    /// They are not a member any more.
    #[error("they are no member of the project any more")]
    Gone(Departure),
    /// Somebody has given them this other role.
    #[error("the role was changed to {0}")]
    Changed(Role),
    /// The project would have no owner.
    #[error("the project would be without an owner: make somebody else one first")]
    LastOwner,
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}
