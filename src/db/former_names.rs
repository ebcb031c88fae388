//! Table `former_names`: the environment that last gave up a name, by being renamed or deleted. Old
//! links lead there while it lives, and the table decides who may use the name again.
//!
//! The names of a living environment also stand in `environments.former_names`, so that the
//! verifier reads a single row. Whatever changes this table must change that column, too.

use diesel::prelude::*;

use super::environments::Environment;
use super::schema::{environments, former_names};
use super::{DbConnection, EnvironmentId, ProjectId, Result};

/// Notes that the environment gives up the name. No other environment took the name meanwhile.
pub fn give_up(connection: &mut DbConnection, environment: &Environment, name: &str) -> Result<()> {
    let row = (
        former_names::project_id.eq(&environment.project_id),
        former_names::name.eq(name),
        former_names::environment_id.eq(&environment.id),
    );
    diesel::insert_into(former_names::table).values(row).execute(connection)?;
    write_down(connection, &environment.id)
}

/// The environment, living or deleted, that had this name last, if none has it now.
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

/// Notes that an environment takes the name. From now on the name means that one.
pub fn take(connection: &mut DbConnection, project: &ProjectId, name: &str) -> Result<()> {
    if let Some(former) = find(connection, project, name)? {
        diesel::delete(former_names::table.find((project, name))).execute(connection)?;
        write_down(connection, &former)?;
    }
    Ok(())
}

/// Copies an environment's former names to its own row. A deleted environment has none there.
fn write_down(connection: &mut DbConnection, id: &EnvironmentId) -> Result<()> {
    let mut names: Vec<String> = former_names::table
        .inner_join(environments::table)
        .filter(former_names::environment_id.eq(id).and(environments::deleted_at.is_null()))
        .select(former_names::name)
        .load(connection)?;
    names.sort_unstable(); // in Rust, because the databases sort by different rules
    diesel::update(environments::table.find(id))
        .set(environments::former_names.eq(names.join(" ")))
        .execute(connection)?;
    Ok(())
}
