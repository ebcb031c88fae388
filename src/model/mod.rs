//! The nouns: ids, words and values, parsed. Below everything else: this room imports nothing of the
//! house, and knows diesel only where a type says how it is stored.

mod addresses;
mod asked_for;
mod group;
mod ids;
mod key_state;
mod narrowed;
mod operation;
mod policy_tag;
mod rate_limit;
mod scopes;
mod stored;

pub use addresses::{AddressRanges, RangeError};
pub use asked_for::{AskedEnvironment, AskedFor, AskedProject, may_hold_a_key, readable};
pub use group::Group;
pub use ids::{
    Action, ActivityId, Ended, EnvironmentId, InvitationId, KeyId, KeySort, KeyStatus, Kind, Mail,
    PlaceKind, ProjectId, RefusalReason, Role, SubjectKind, UserId,
};
pub use key_state::{KeyState, KeyTimes, SOON};
pub use narrowed::Narrowed;
pub use operation::Operation;
pub use policy_tag::PolicyTag;
pub use rate_limit::{NotALimit, RATE_MAX, RateLimit};
pub use scopes::{ScopeError, Scopes};
pub use stored::{NotAList, Stored};
