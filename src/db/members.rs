//! Table `members`: who is in which project, and in which role.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{members, projects, users};
use super::users::User;
use super::{DbConnection, ProjectId, Result, Role, UserId};

/// Adds a user to a project.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
    role: Role,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(members::table)
        .values((
            members::project_id.eq(project),
            members::user_id.eq(user),
            members::role.eq(role),
            members::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// The members of a project, by name.
pub fn people(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<User>> {
    Ok(members::table
        .inner_join(users::table)
        .filter(members::project_id.eq(project))
        .order((users::name, users::id))
        .select(User::as_select())
        .load(connection)?)
}

/// The role of a user in a project. `None`: not a member, or the project is deleted, or the account
/// is disabled or deleted.
pub fn role(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
) -> Result<Option<Role>> {
    Ok(members::table
        .inner_join(projects::table)
        .inner_join(users::table)
        .filter(
            members::project_id
                .eq(project)
                .and(members::user_id.eq(user))
                .and(projects::deleted_at.is_null()),
        )
        .filter(super::users::active())
        .select(members::role)
        .first(connection)
        .optional()?)
}

/// The members of a project with their roles, by name.
pub fn list(connection: &mut DbConnection, project: &ProjectId) -> Result<Vec<(User, Role)>> {
    Ok(members::table
        .inner_join(users::table)
        .filter(members::project_id.eq(project))
        .order((users::name, users::id))
        .select((User::as_select(), members::role))
        .load(connection)?)
}

/// A member of a project.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
) -> Result<Option<(User, Role)>> {
    Ok(members::table
        .inner_join(users::table)
        .filter(members::project_id.eq(project).and(members::user_id.eq(user)))
        .select((User::as_select(), members::role))
        .first(connection)
        .optional()?)
}

/// How many other owners a project has who can sign in.
pub fn count_other_owners(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
) -> Result<i64> {
    let owners = members::table
        .inner_join(users::table)
        .filter(members::project_id.eq(project).and(members::role.eq(Role::Owner)))
        .filter(members::user_id.ne(user))
        .filter(super::users::active());
    Ok(owners.count().get_result(connection)?)
}

/// Whether a user owns a living project.
pub fn owns_any(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    let owned = members::table
        .inner_join(projects::table)
        .filter(members::user_id.eq(user).and(members::role.eq(Role::Owner)))
        .filter(projects::deleted_at.is_null());
    let found = owned.select(members::role).first::<Role>(connection).optional()?;
    Ok(found.is_some())
}

/// Who is in which living project, in which role; without the accounts that were deleted.
pub fn all(connection: &mut DbConnection) -> Result<Vec<(ProjectId, User, Role)>> {
    Ok(members::table
        .inner_join(users::table)
        .inner_join(projects::table)
        .filter(projects::deleted_at.is_null())
        .select((members::project_id, User::as_select(), members::role))
        .load(connection)?)
}

/// Changes the role of a member.
pub fn set_role(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
    role: Role,
) -> Result<()> {
    diesel::update(members::table.find((project, user)))
        .set(members::role.eq(role))
        .execute(connection)?;
    Ok(())
}

/// Removes a user from a project.
pub fn delete(connection: &mut DbConnection, project: &ProjectId, user: &UserId) -> Result<()> {
    diesel::delete(members::table.find((project, user))).execute(connection)?;
    Ok(())
}
