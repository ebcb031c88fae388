//! Table `projects`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{members, projects};
use super::{DbConnection, ProjectId, Result, Role, UserId};

/// A service or an app.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = projects)]
pub struct Project {
    /// `prj_…`
    pub id: ProjectId,
    /// Stands in URLs; unique.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Free text, may be empty.
    pub description: String,
}

/// Adds a project.
pub fn insert(connection: &mut DbConnection, project: &Project, now: NaiveDateTime) -> Result<()> {
    diesel::insert_into(projects::table).values((project, projects::created_at.eq(now))).execute(connection)?;
    Ok(())
}

/// Whether a slug is taken.
pub fn slug_exists(connection: &mut DbConnection, slug: &str) -> Result<bool> {
    Ok(projects::table.filter(projects::slug.eq(slug)).select(projects::id).first::<ProjectId>(connection).optional()?.is_some())
}

/// The project with this slug, whoever asks.
pub fn find(connection: &mut DbConnection, slug: &str) -> Result<Option<Project>> {
    Ok(projects::table.filter(projects::slug.eq(slug)).select(Project::as_select()).first(connection).optional()?)
}

/// The projects that `user` is a member of, by name.
pub fn list_for(connection: &mut DbConnection, user: &UserId) -> Result<Vec<(Project, Role)>> {
    Ok(members::table
        .inner_join(projects::table)
        .filter(members::user_id.eq(user))
        .order((projects::name, projects::slug))
        .select((Project::as_select(), members::role))
        .load(connection)?)
}

/// The longest life of new secret keys, in days; `None`: no limit.
pub fn secret_key_days(connection: &mut DbConnection, id: &ProjectId) -> Result<Option<i32>> {
    Ok(projects::table.find(id).select(projects::secret_key_days).first(connection)?)
}

/// Changes the longest life of new secret keys.
pub fn set_secret_key_days(connection: &mut DbConnection, id: &ProjectId, days: Option<i32>) -> Result<()> {
    diesel::update(projects::table.find(id)).set(projects::secret_key_days.eq(days)).execute(connection)?;
    Ok(())
}
