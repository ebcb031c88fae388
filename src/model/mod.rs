//! The nouns: ids, words and values, parsed. Below everything else: this room imports nothing of the
//! house, and knows diesel only where a type says how it is stored.

mod asked_for;
mod ids;
mod key_state;
mod stored;

pub use asked_for::{AskedEnvironment, AskedFor, AskedProject};
pub use ids::{
    Action, ActivityId, Ended, EnvironmentId, InvitationId, KeyId, KeySort, KeyStatus, Kind, Mail,
    PlaceKind, ProjectId, RefusalReason, Role, SubjectKind, UserId,
};
pub use key_state::{KeyState, KeyTimes};
pub use stored::Stored;
