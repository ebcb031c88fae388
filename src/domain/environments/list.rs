//! Finding environments.

use super::{Environment, Name};
use crate::db::{DbConnection, ProjectId, Result, environments, former_names};

/// The environments of a project, in the order in which they were made.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Environment>> {
    environments::list(connection, project)
}

/// The environment that old links with this name mean: it was called so before, and no other is
/// now.
pub fn called_before(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &str,
) -> Result<Option<Environment>> {
    // What never could be a name may not even be a text for the database.
    let Some(name) = Name::parse(name).ok().filter(|parsed| parsed.as_str() == name) else {
        return Ok(None);
    };
    let Some(id) = former_names::find(connection, project, name.as_str())? else { return Ok(None) };
    Ok(environments::find(connection, &id)?.filter(|environment| environment.deleted_at.is_none()))
}
