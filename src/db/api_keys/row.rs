//! The row of a key, and what is asked by its id or name.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{api_keys, environments, key_counts};
use crate::db::transaction::savepoint;
use crate::db::{
    DbConnection, EnvironmentId, KeyId, Kind, NarrowedColumns, ProjectId, Result, UserId,
};
use crate::model::KeyTimes;

/// A key, living or deleted. Never its full text, and not its digest either.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    /// `key_…`
    pub id: KeyId,
    pub environment_id: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    pub name: String,
    /// `sk_0123••••••••7848`
    pub mask: String,
    pub created_at: NaiveDateTime,
    /// Nobody: the command line.
    pub created_by: Option<UserId>,
    /// UTC. From then on it is refused.
    pub deleted_at: Option<NaiveDateTime>,
    /// Nobody: the command line.
    pub deleted_by: Option<UserId>,
    /// To what it is narrowed.
    #[diesel(embed)]
    pub narrowed: NarrowedColumns,
    /// UTC. When it first arrived from a browser, though it is secret.
    pub seen_in_browser_at: Option<NaiveDateTime>,
    /// UTC. From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
    /// UTC. When that was noticed, for good.
    pub expired_at: Option<NaiveDateTime>,
    /// UTC. Refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// UTC. Until then the value before the last rotation works, too.
    pub overlap_until: Option<NaiveDateTime>,
    /// What it is for, and who to ask; may be empty.
    pub note: String,
    /// UTC. When somebody reported its value as leaked.
    pub leaked_at: Option<NaiveDateTime>,
    /// UTC. The same of the value before the last rotation, until that ends.
    pub former_leaked_at: Option<NaiveDateTime>,
}

impl ApiKey {
    /// The times that say what its current value is.
    pub fn times(&self) -> KeyTimes {
        KeyTimes {
            deleted_at: self.deleted_at,
            expires_at: self.expires_at,
            expired_at: self.expired_at,
            paused_at: self.paused_at,
            overlap_until: self.overlap_until,
            valid_until: None,
            ended_at: None,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
pub struct NewApiKey<'a> {
    /// `key_…`
    pub id: &'a KeyId,
    pub environment_id: &'a EnvironmentId,
    pub project_id: &'a ProjectId,
    /// What it may be used for.
    pub kind: Kind,
    pub name: &'a str,
    /// What names are compared by; unique among the living keys of an environment and kind.
    pub name_folded: &'a str,
    /// `sk_0123••••••••7848`
    pub mask: &'a str,
    /// SHA-256 of the full text; unique in the project.
    pub digest: &'a [u8],
    /// The one-time token of the form that made it; unique.
    pub form_token: Option<&'a str>,
    pub created_at: NaiveDateTime,
    /// Nobody: the command line.
    pub created_by: Option<&'a UserId>,
    /// Requests a second.
    pub rate_limit: Option<i32>,
    /// Requests at once.
    pub rate_burst: Option<i32>,
    /// None: everything.
    pub scopes: Option<&'a str>,
    /// None: everywhere.
    pub address_ranges: Option<&'a str>,
    /// UTC. From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
}

/// Adds a key. The transaction can go on when the row is refused.
pub fn insert(connection: &mut DbConnection, key: &NewApiKey<'_>) -> Result<()> {
    savepoint(connection, |connection| {
        diesel::insert_into(api_keys::table).values(key).execute(connection)
    })?;
    Ok(())
}

/// Deletes a living key; `false` when somebody else was first.
pub fn mark_deleted(
    connection: &mut DbConnection,
    id: &KeyId,
    by: Option<&UserId>,
    now: NaiveDateTime,
) -> Result<bool> {
    let living = api_keys::table.filter(api_keys::id.eq(id).and(api_keys::deleted_at.is_null()));
    let changed = diesel::update(living)
        .set((api_keys::deleted_at.eq(now), api_keys::deleted_by.eq(by)))
        .execute(connection)?;
    Ok(changed == 1)
}

/// The living keys of an environment change through nobody else until the end of the transaction.
/// (SQLite lets only one write anyway.)
pub fn hold_all(connection: &mut DbConnection, environment: &EnvironmentId) -> Result<()> {
    if let DbConnection::Postgres(connection) = connection {
        living(environment).select(api_keys::id).for_update().execute(connection)?;
    }
    Ok(())
}

/// Deletes all living keys of an environment.
pub fn mark_all_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    by: Option<&UserId>,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(living(environment))
        .set((api_keys::deleted_at.eq(now), api_keys::deleted_by.eq(by)))
        .execute(connection)?;
    Ok(())
}

/// Notes that a secret key arrived from a browser, the first time.
pub fn mark_seen_in_browser(
    connection: &mut DbConnection,
    id: &KeyId,
    now: NaiveDateTime,
) -> Result<()> {
    let unseen =
        api_keys::table.filter(api_keys::id.eq(id).and(api_keys::seen_in_browser_at.is_null()));
    diesel::update(unseen).set(api_keys::seen_in_browser_at.eq(now)).execute(connection)?;
    Ok(())
}

/// The key with this id, living or deleted, in whichever environment.
pub fn find(connection: &mut DbConnection, id: &KeyId) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(connection).optional()?)
}

/// The key that the form with this one-time token made.
pub fn find_by_form_token(connection: &mut DbConnection, token: &str) -> Result<Option<ApiKey>> {
    Ok(api_keys::table
        .filter(api_keys::form_token.eq(token))
        .select(ApiKey::as_select())
        .first(connection)
        .optional()?)
}

/// The living key with this name.
pub fn find_by_name(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    name_folded: &str,
) -> Result<Option<ApiKey>> {
    Ok(living(environment)
        .filter(api_keys::kind.eq(kind).and(api_keys::name_folded.eq(name_folded)))
        .select(ApiKey::as_select())
        .first(connection)
        .optional()?)
}

#[diesel::dsl::auto_type]
pub(super) fn living<'a>(environment: &'a EnvironmentId) -> _ {
    api_keys::table
        .filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null()))
}

/// Living keys are in living environments only; said as the index of those says it, or SQLite reads
/// the keys of all projects.
#[diesel::dsl::auto_type]
fn living_of<'a>(project: &'a ProjectId) -> _ {
    let here = environments::project_id.eq(project).and(environments::deleted_at.is_null());
    api_keys::table.inner_join(environments::table).filter(here.and(api_keys::deleted_at.is_null()))
}

/// All living keys of a project, or of one of its environments, with the environment's name.
pub fn list_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    environment: Option<&EnvironmentId>,
) -> Result<Vec<(ApiKey, String)>> {
    let mut keys = living_of(project).into_boxed();
    if let Some(environment) = environment {
        keys = keys.filter(api_keys::environment_id.eq(environment));
    }
    Ok(keys
        .order((
            environments::created_at,
            environments::id,
            api_keys::kind,
            api_keys::created_at.desc(),
            api_keys::id.desc(),
        ))
        .select((ApiKey::as_select(), environments::name))
        .load(connection)?)
}

/// The newest living keys of a project that a user created, with the environment's name, and how
/// many there are.
pub fn list_created_by(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
    limit: i64,
) -> Result<(Vec<(ApiKey, String)>, i64)> {
    let theirs = living_of(project).filter(api_keys::created_by.eq(user));
    let newest = theirs
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .limit(limit)
        .select((ApiKey::as_select(), environments::name))
        .load(connection)?;
    Ok((newest, theirs.count().get_result(connection)?))
}

/// How many living keys of each kind each environment of these projects has.
///
/// One place where the two differ: SQLite keeps these numbers, and would count a million keys for
/// longer than a page may take.
pub fn count_by_environment(
    connection: &mut DbConnection,
    projects: &[ProjectId],
) -> Result<Vec<(ProjectId, EnvironmentId, Kind, i64)>> {
    let here = environments::project_id.eq_any(projects).and(environments::deleted_at.is_null());
    Ok(match connection {
        DbConnection::Sqlite(connection) => environments::table
            .inner_join(key_counts::table.on(key_counts::environment_id.eq(environments::id)))
            .filter(here.and(key_counts::living.gt(0)))
            .select((
                environments::project_id,
                environments::id,
                key_counts::kind,
                key_counts::living,
            ))
            .load(connection)?,
        DbConnection::Postgres(connection) => api_keys::table
            .inner_join(environments::table)
            .filter(here.and(api_keys::deleted_at.is_null()))
            .group_by((environments::project_id, api_keys::environment_id, api_keys::kind))
            .select((
                environments::project_id,
                api_keys::environment_id,
                api_keys::kind,
                diesel::dsl::count_star(),
            ))
            .load(connection)?,
    })
}
