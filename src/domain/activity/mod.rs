//! Activity: who did what, on what, when, from where. Recorded in the transaction of the change
//! itself, so that there is no change without its entry, and no entry without its change.

mod record;

pub(super) use record::record_ended_keys;
pub use record::{Event, record};

pub use crate::db::activity::{
    COMMAND_LINE, Entry, Filter, count_of_account, list, list_of_account,
};
pub use crate::db::{Action, ActivityId as Id, SubjectKind};
