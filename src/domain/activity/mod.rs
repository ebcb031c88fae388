//! Activity: who did what to what, when and from where. It is written in the transaction of the
//! change itself, so that there is no change without its entry, and no entry without its change.

mod record;
mod words;

pub(super) use record::record_ended_keys;
pub use record::{Event, record};
pub use words::{did, who};

pub use crate::db::activity::{
    ActivityEntry, COMMAND_LINE, Filter, count_of_account, list_of_account,
};
pub use crate::db::{Action, ActivityId as Id, SubjectKind};

use crate::db::{self, DbConnection, ProjectId, Role};

/// The newest entries of a project that match the filter and are older than `before`, as a member
/// with this role may see them: a viewer does not see from which address others came.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    reader: Role,
    filter: &Filter,
    before: Option<&Id>,
    limit: i64,
) -> db::Result<Vec<ActivityEntry>> {
    let mut entries = db::activity::list(connection, project, filter, before, limit)?;
    if reader == Role::Viewer {
        for entry in &mut entries {
            (entry.address, entry.session) = (None, None);
        }
    }
    Ok(entries)
}
