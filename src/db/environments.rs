//! Table `environments`. A deleted environment stays as a tombstone: keys and activity refer to it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::environments;
use super::{DbConnection, EnvironmentId, ProjectId, Result, UserId};

/// An isolation inside a project.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments)]
pub struct Environment {
    /// `env_…`
    pub id: EnvironmentId,
    pub project_id: ProjectId,
    /// Stands in URLs; unique among the living of its project.
    pub name: String,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
    pub created_at: NaiveDateTime,
    /// UTC. Its keys ended with it.
    pub deleted_at: Option<NaiveDateTime>,
    /// Nobody: the command line.
    pub deleted_by: Option<UserId>,
    /// What it was called before, separated by blanks: it answers to these names, too, as long as
    /// it lives and no other environment took them. Table `former_names` says the same.
    pub former_names: String,
    /// Whether the address for all environments of the project means this one, too.
    pub answers_all: bool,
}

#[derive(Insertable)]
#[diesel(table_name = environments)]
pub struct NewEnvironment<'a> {
    /// `env_…`
    pub id: &'a EnvironmentId,
    pub project_id: &'a ProjectId,
    /// Stands in URLs; unique among the living of its project.
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

/// The living environment with this id, which stays alive until the end of the transaction. (SQLite
/// lets only one write anyway.)
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

/// The living environments of a project, in the order in which they were made.
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

/// Gives it another name, and protects it or not.
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

/// Chooses whether the address for all environments of the project means this one, too.
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
