//! Table `projects`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{members, projects};
use super::{DbConnection, ProjectId, Result, Role, UserId};
use crate::model::Natural;

/// A service or an app.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = projects)]
pub struct Project {
    /// `prj_…`
    pub id: ProjectId,
    /// The name in addresses; unique among all projects, deleted ones included.
    pub slug: String,
    pub name: String,
    /// Free text; may be empty.
    pub description: String,
    pub created_at: NaiveDateTime,
}

pub fn insert(connection: &mut DbConnection, project: &Project) -> Result<()> {
    diesel::insert_into(projects::table).values(project).execute(connection)?;
    Ok(())
}

#[diesel::dsl::auto_type]
fn living<'a>(slug: &'a str) -> _ {
    projects::table.filter(projects::slug.eq(slug).and(projects::deleted_at.is_null()))
}

/// Whether a project has this slug, deleted or not.
pub fn slug_exists(connection: &mut DbConnection, slug: &str) -> Result<bool> {
    let taken = projects::table.filter(projects::slug.eq(slug)).select(projects::id);
    Ok(taken.first::<ProjectId>(connection).optional()?.is_some())
}

/// The living project with this slug, whether or not the caller is a member.
pub fn find(connection: &mut DbConnection, slug: &str) -> Result<Option<Project>> {
    Ok(living(slug).select(Project::as_select()).first(connection).optional()?)
}

/// The living project with this id.
pub fn find_by_id(connection: &mut DbConnection, id: &ProjectId) -> Result<Option<Project>> {
    let living = projects::table.find(id).filter(projects::deleted_at.is_null());
    Ok(living.select(Project::as_select()).first(connection).optional()?)
}

/// All living projects, by slug.
pub fn list(connection: &mut DbConnection) -> Result<Vec<Project>> {
    let mut projects: Vec<Project> = projects::table
        .filter(projects::deleted_at.is_null())
        .select(Project::as_select())
        .load(connection)?;
    projects.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(projects)
}

/// The living projects of which `user` is a member, by name. (Sorted in Rust, because the databases
/// sort by different rules.)
pub fn list_for(connection: &mut DbConnection, user: &UserId) -> Result<Vec<(Project, Role)>> {
    let mut projects: Vec<(Project, Role)> = members::table
        .inner_join(projects::table)
        .filter(members::user_id.eq(user).and(projects::deleted_at.is_null()))
        .select((Project::as_select(), members::role))
        .load(connection)?;
    projects.sort_by_cached_key(|(project, _)| {
        (Natural::of(&project.name.to_lowercase()), project.slug.clone())
    });
    Ok(projects)
}

/// Changes the name and the description.
pub fn describe(
    connection: &mut DbConnection,
    id: &ProjectId,
    name: &str,
    description: &str,
) -> Result<()> {
    diesel::update(projects::table.find(id))
        .set((projects::name.eq(name), projects::description.eq(description)))
        .execute(connection)?;
    Ok(())
}

/// Deletes a living project. It keeps its slug.
pub fn mark_deleted(
    connection: &mut DbConnection,
    id: &ProjectId,
    by: Option<&UserId>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(projects::table.find(id).filter(projects::deleted_at.is_null()))
        .set((projects::deleted_at.eq(now), projects::deleted_by.eq(by)))
        .execute(connection)?;
    Ok(())
}

/// The longest life of new secret keys in days. `None`: there is no limit.
pub fn secret_key_days(connection: &mut DbConnection, id: &ProjectId) -> Result<Option<i32>> {
    Ok(projects::table.find(id).select(projects::secret_key_days).first(connection)?)
}

/// Whether secret keys that are reported as leaked are paused at once.
pub fn pauses_leaked(connection: &mut DbConnection, id: &ProjectId) -> Result<bool> {
    Ok(projects::table.find(id).select(projects::pause_leaked).first(connection)?)
}

pub fn set_pauses_leaked(
    connection: &mut DbConnection,
    id: &ProjectId,
    pauses: bool,
) -> Result<()> {
    diesel::update(projects::table.find(id))
        .set(projects::pause_leaked.eq(pauses))
        .execute(connection)?;
    Ok(())
}

/// Changes the longest life of new secret keys.
pub fn set_secret_key_days(
    connection: &mut DbConnection,
    id: &ProjectId,
    days: Option<i32>,
) -> Result<()> {
    diesel::update(projects::table.find(id))
        .set(projects::secret_key_days.eq(days))
        .execute(connection)?;
    Ok(())
}
