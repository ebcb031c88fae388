//! Finding environments.

use super::{Environment, Name};
use crate::db::{DbConnection, ProjectId, Result, environments, former_names};

/// The environments of a project, in the order in which they were created.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Environment>> {
    environments::list(connection, project)
}

/// The environment that old links with this name mean: it had the name before, and none has it now.
pub fn called_before(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &str,
) -> Result<Option<Environment>> {
    // A text that could never be a name may not even be valid as text in the database.
    let Some(name) = Name::parse(name).ok().filter(|parsed| parsed.as_str() == name) else {
        return Ok(None);
    };
    let Some(id) = former_names::find(connection, project, name.as_str())? else { return Ok(None) };
    Ok(environments::find(connection, &id)?.filter(|environment| environment.deleted_at.is_none()))
}
