//! Names that an environment gave up, by getting another one or by being deleted. Gateways may go on
//! asking for them, and accept the keys of whichever environment takes the name: so it takes the
//! same right as adding keys to the one that had it, and whoever takes it is told who asks.

use super::{Environment, Id, Name};
use crate::db::{self, DbConnection, ProjectId, environments, former_names};
use crate::domain::Actor;
use crate::domain::members::{self, Refused};

/// Why an environment can't have a name that another one had.
#[derive(Debug, thiserror::Error)]
pub enum GivenUp {
    /// Whoever asks could not have added keys to that one.
    #[error("{0} was a protected environment. Only owners and admins can use its name again.")]
    Protected(Name),
    /// Nobody told them of that one yet: this is it.
    #[error("another environment had this name before")]
    Untold(Box<Environment>),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The environment that had this name last, if none has it now; it may be deleted.
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

/// Whether the environment `id`, or a new one, may take a name that none has now. Its own former
/// name goes on meaning it in any case. What counts is whether the one that had the name is
/// protected now, or was when it was deleted: while it lives it answers to the name, so whoever may
/// add keys there has keys that are accepted under that name.
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
