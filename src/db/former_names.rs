//! Table `former_names`: which environment gave up a name last, by getting another one or by being
//! deleted. Old links lead there while it lives, and who may use the name again depends on it.
//!
//! `environments.former_names` has the names of a living environment once more, so that the
//! verifier reads one row: everything that changes this table changes that column with it.

use diesel::prelude::*;

use super::environments::Environment;
use super::schema::{environments, former_names};
use super::{DbConnection, EnvironmentId, ProjectId, Result};

/// The environment gives up the name, which no other one had meanwhile.
pub fn give_up(connection: &mut DbConnection, environment: &Environment, name: &str) -> Result<()> {
    let row = (
        former_names::project_id.eq(&environment.project_id),
        former_names::name.eq(name),
        former_names::environment_id.eq(&environment.id),
    );
    diesel::insert_into(former_names::table).values(row).execute(connection)?;
    write_down(connection, &environment.id)
}

/// Which environment was called so last, living or deleted, if none is now.
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

/// An environment takes the name: what asks for it means that one from now on.
pub fn take(connection: &mut DbConnection, project: &ProjectId, name: &str) -> Result<()> {
    if let Some(former) = find(connection, project, name)? {
        diesel::delete(former_names::table.find((project, name))).execute(connection)?;
        write_down(connection, &former)?;
    }
    Ok(())
}

/// Writes an environment's former names on its own row: none on that of a deleted one.
fn write_down(connection: &mut DbConnection, id: &EnvironmentId) -> Result<()> {
    let mut names: Vec<String> = former_names::table
        .inner_join(environments::table)
        .filter(former_names::environment_id.eq(id).and(environments::deleted_at.is_null()))
        .select(former_names::name)
        .load(connection)?;
    names.sort_unstable(); // the databases would do it by different rules
    diesel::update(environments::table.find(id))
        .set(environments::former_names.eq(names.join(" ")))
        .execute(connection)?;
    Ok(())
}
