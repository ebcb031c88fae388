//! The nouns: ids, words and values, parsed. Below everything else: this room imports nothing of the
//! house, and knows diesel only where a type says how it is stored.

mod ids;
mod stored;

pub use ids::{
    Action, ActivityId, Ended, EnvironmentId, InvitationId, KeyId, KeySort, KeyStatus, Kind, Mail,
    PlaceKind, ProjectId, Role, SubjectKind, UserId,
};
pub use stored::Stored;
