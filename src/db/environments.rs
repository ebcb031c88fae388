//! Table `environments`. The row of a deleted environment stays, because keys and activity refer to
//! it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::environments;
use super::{DbConnection, EnvironmentId, ProjectId, Result, UserId};

/// An environment of a project.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments)]
pub struct Environment {
    /// `env_…`
    pub id: EnvironmentId,
    pub project_id: ProjectId,
    /// The name in addresses; unique among the living environments of the project.
    pub name: String,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
    pub created_at: NaiveDateTime,
    /// When the environment was deleted, UTC, and its keys with it.
    pub deleted_at: Option<NaiveDateTime>,
    /// `None`: the command line.
    pub deleted_by: Option<UserId>,
    /// The former names, separated by blanks. A living environment also answers to those that no
    /// other environment took. Table `former_names` has the same names.
    pub former_names: String,
    /// Whether the project's shared address (`*`) also stands for this environment.
    pub answers_all: bool,
}

#[derive(Insertable)]
#[diesel(table_name = environments)]
pub struct NewEnvironment<'a> {
    /// `env_…`
    pub id: &'a EnvironmentId,
    pub project_id: &'a ProjectId,
    /// The name in addresses; unique among the living environments of the project.
    pub name: &'a str,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
    pub created_at: NaiveDateTime,
}

pub fn insert(connection: &mut DbConnection, environment: &NewEnvironment<'_>) -> Result<()> {
    diesel::insert_into(environments::table).values(environment).execute(connection)?;
    Ok(())
}

/// The environment with this id, living or deleted.
pub fn find(connection: &mut DbConnection, id: &EnvironmentId) -> Result<Option<Environment>> {
    Ok(environments::table
        .find(id)
        .select(Environment::as_select())
        .first(connection)
        .optional()?)
}

/// The living environment with this id. Nobody can delete it until the end of the transaction.
/// (SQLite has only one writer anyway.)
pub fn hold(connection: &mut DbConnection, id: &EnvironmentId) -> Result<Option<Environment>> {
    if let DbConnection::Postgres(connection) = connection {
        environments::table.find(id).select(environments::id).for_share().execute(connection)?;
    }
    Ok(find(connection, id)?.filter(|environment| environment.deleted_at.is_none()))
}

#[diesel::dsl::auto_type]
fn living<'a>(project: &'a ProjectId) -> _ {
    environments::table
        .filter(environments::project_id.eq(project).and(environments::deleted_at.is_null()))
}

/// Whether a living environment of the project has this name.
pub fn name_exists(connection: &mut DbConnection, project: &ProjectId, name: &str) -> Result<bool> {
    let found = living(project).filter(environments::name.eq(name)).select(environments::id);
    Ok(found.first::<EnvironmentId>(connection).optional()?.is_some())
}

/// The living environments of a project, in the order in which they were created.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<Environment>> {
    Ok(living(project)
        .order((environments::created_at, environments::id))
        .select(Environment::as_select())
        .load(connection)?)
}

/// How many living environments each of these projects has.
pub fn count_by_project(
    connection: &mut DbConnection,
    projects: &[ProjectId],
) -> Result<Vec<(ProjectId, i64)>> {
    Ok(environments::table
        .filter(environments::project_id.eq_any(projects).and(environments::deleted_at.is_null()))
        .group_by(environments::project_id)
        .select((environments::project_id, diesel::dsl::count_star()))
        .load(connection)?)
}

/// Changes the name and the protection.
pub fn change(
    connection: &mut DbConnection,
    id: &EnvironmentId,
    name: &str,
    protected: bool,
) -> Result<()> {
    diesel::update(environments::table.find(id))
        .set((environments::name.eq(name), environments::protected.eq(protected)))
        .execute(connection)?;
    Ok(())
}

/// Sets whether the project's shared address (`*`) also stands for this environment.
pub fn set_answers_all(
    connection: &mut DbConnection,
    id: &EnvironmentId,
    answers: bool,
) -> Result<()> {
    diesel::update(environments::table.find(id))
        .set(environments::answers_all.eq(answers))
        .execute(connection)?;
    Ok(())
}

pub fn mark_deleted(
    connection: &mut DbConnection,
    id: &EnvironmentId,
    by: Option<&UserId>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(environments::table.find(id).filter(environments::deleted_at.is_null()))
        .set((environments::deleted_at.eq(now), environments::deleted_by.eq(by)))
        .execute(connection)?;
    Ok(())
}
