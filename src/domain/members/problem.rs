//! Why nothing changed in a team.

use super::{Departure, Refused, Role};
use crate::db;

/// Why nothing changed. Everything is looked up in the transaction of the change, so each of these
/// may also mean: since the page was loaded.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Whoever asks may not, or not any more.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nobody with this id is or was in the project.
    #[error("unknown member")]
    Unknown,
    /// They are no member any more.
    #[error("not a member any more")]
    Gone(Departure),
    /// Somebody gave them another role: this one.
    #[error("the role was changed to {0}")]
    Changed(Role),
    /// The project would have no owner.
    #[error("the last owner")]
    LastOwner,
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}
