//! The nouns of Keyrack: ids, stored words and parsed values. They are below everything else: this
//! module imports nothing from the rest of the crate, and diesel only where a type says how it is
//! stored.

mod addresses;
mod asked_for;
mod group;
mod ids;
mod key_list;
mod key_state;
mod narrowed;
mod natural;
mod operation;
mod policy_tag;
mod rate_limit;
mod scopes;
mod stored;
mod stored_words;
mod words;

pub use addresses::{AddressRanges, RangeError};
pub use asked_for::{AskedEnvironment, AskedFor, AskedProject, may_hold_a_key, readable};
pub use group::Group;
pub use ids::{ActivityId, EnvironmentId, InvitationId, KeyId, ProjectId, UserId};
pub use key_list::{KeySort, KeyStatus};
pub use key_state::{KeyState, KeyTimes, SOON};
pub use narrowed::Narrowed;
pub use natural::Natural;
pub use operation::Operation;
pub use policy_tag::PolicyTag;
pub use rate_limit::{NotALimit, RATE_MAX, RateLimit};
pub use scopes::{ScopeError, Scopes};
pub use stored::{NotAList, Stored};
pub use stored_words::{Action, Ended, Kind, Mail, PlaceKind, RefusalReason, Role, SubjectKind};
pub(crate) use words::words;
