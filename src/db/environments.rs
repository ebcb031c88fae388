//! Table `environments`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::environments;
use super::{DbConnection, EnvironmentId, ProjectId, Result};

/// An isolation inside a project.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments)]
pub struct Environment {
    /// `env_…`
    pub id: EnvironmentId,
    /// Whose.
    pub project_id: ProjectId,
    /// Stands in URLs; unique in its project.
    pub name: String,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
}

/// A row to insert.
#[derive(Insertable)]
#[diesel(table_name = environments)]
pub struct NewEnvironment<'a> {
    /// `env_…`
    pub id: &'a EnvironmentId,
    /// Whose.
    pub project_id: &'a ProjectId,
    /// Stands in URLs; unique in its project.
    pub name: &'a str,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
    /// UTC.
    pub created_at: NaiveDateTime,
}

/// Adds an environment.
pub fn insert(connection: &mut DbConnection, environment: &NewEnvironment<'_>) -> Result<()> {
    diesel::insert_into(environments::table).values(environment).execute(connection)?;
    Ok(())
}

/// The environment with this id.
pub fn find(connection: &mut DbConnection, id: &EnvironmentId) -> Result<Option<Environment>> {
    Ok(environments::table.find(id).select(Environment::as_select()).first(connection).optional()?)
}

/// The environments of a project, in the order in which they were made.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Environment>> {
    Ok(environments::table
        .filter(environments::project_id.eq(project))
        .order((environments::created_at, environments::id))
        .select(Environment::as_select())
        .load(connection)?)
}

/// How many environments each of these projects has.
pub fn count_by_project(connection: &mut DbConnection, projects: &[ProjectId]) -> Result<Vec<(ProjectId, i64)>> {
    Ok(environments::table
        .filter(environments::project_id.eq_any(projects))
        .group_by(environments::project_id)
        .select((environments::project_id, diesel::dsl::count_star()))
        .load(connection)?)
}
