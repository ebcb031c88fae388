//! The nouns: ids, words and values, parsed. Below everything else: this room imports nothing of the
//! house, and knows diesel only where a type says how it is stored.

mod addresses;
mod group;
mod ids;
mod operation;
mod policy_tag;
mod scopes;
mod stored;

pub use addresses::{AddressRanges, RangeError};
pub use group::Group;
pub use ids::{
    Action, ActivityId, Ended, EnvironmentId, InvitationId, KeyId, KeySort, KeyStatus, Kind, Mail,
    PlaceKind, ProjectId, Role, SubjectKind, UserId,
};
pub use operation::Operation;
pub use policy_tag::PolicyTag;
pub use scopes::{ScopeError, Scopes};
pub use stored::{NotAList, Stored};
