//! Table `former_names`: what environments were called before, so that old links lead to them.

use diesel::prelude::*;

use super::schema::former_names;
use super::{DbConnection, EnvironmentId, ProjectId, Result};

/// Remembers that the environment was called so.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &str,
    environment: &EnvironmentId,
) -> Result<()> {
    let row = (
        former_names::project_id.eq(project),
        former_names::name.eq(name),
        former_names::environment_id.eq(environment),
    );
    diesel::insert_into(former_names::table).values(row).execute(connection)?;
    Ok(())
}

/// Which environment was called so last, if none is now.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &str,
) -> Result<Option<EnvironmentId>> {
    Ok(former_names::table
        .find((project, name))
        .select(former_names::environment_id)
        .first(connection)
        .optional()?)
}

/// An environment takes the name: links with it lead there from now on.
pub fn delete(connection: &mut DbConnection, project: &ProjectId, name: &str) -> Result<()> {
    diesel::delete(former_names::table.find((project, name))).execute(connection)?;
    Ok(())
}

/// Forgets the former names of an environment.
pub fn delete_of(connection: &mut DbConnection, environment: &EnvironmentId) -> Result<()> {
    diesel::delete(former_names::table.filter(former_names::environment_id.eq(environment)))
        .execute(connection)?;
    Ok(())
}
