//! Names that an environment gave up, by being renamed or deleted. Gateways may go on asking for
//! such a name, and accept the keys of whichever environment takes it. So taking the name needs the
//! right to add keys to the environment that had it, and whoever takes it is told who still asks.

use super::{Environment, Id, Name};
use crate::db::{self, DbConnection, ProjectId, environments, former_names};
use crate::domain::Actor;
use crate::domain::members::{self, AccessError};

/// Why an environment can't have a name that another one had.
#[derive(Debug, thiserror::Error)]
pub enum GivenUp {
    /// The actor may not add keys to the environment that had the name.
    #[error("{0} was a protected environment. Only owners and admins can use its name again.")]
    Protected(Name),
    /// The actor has not been told about the environment that had the name: this one.
    #[error("another environment had this name before")]
    Untold(Box<Environment>),
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The environment that last had this name, if none has it now. It may be deleted.
pub fn former_holder(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &Name,
) -> db::Result<Option<Environment>> {
    match former_names::find(connection, project, name.as_str())? {
        Some(id) => environments::find(connection, &id),
        None => Ok(None),
    }
}

/// Whether the environment `id`, or a new one, may take a name that no environment has now. It may
/// always take a former name of its own. What counts is whether the environment that had the name
/// is protected now, or was when it was deleted: while it lives it answers to the name, so whoever
/// may add keys there already has keys that are accepted under that name.
pub(super) fn may_take(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &Name,
    id: Option<&Id>,
    told: Option<&Id>,
    actor: &Actor,
) -> Result<(), GivenUp> {
    let Some(holder) = former_holder(connection, project, name)? else { return Ok(()) };
    if id == Some(&holder.id) {
        return Ok(());
    }
    let role = members::role_of(connection, project, actor)?;
    if !members::may_change_keys(role, holder.protected) {
        return Err(GivenUp::Protected(name.clone()));
    }
    if told != Some(&holder.id) {
        return Err(GivenUp::Untold(Box::new(holder)));
    }
    Ok(())
}
