//! The row of a key, and queries by id or name.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::list::ListedKey;
use crate::db::schema::{api_keys, environments, key_counts, usage_latest, users};
use crate::db::transaction::savepoint;
use crate::db::{
    DbConnection, EnvironmentId, KeyId, Kind, NarrowedColumns, ProjectId, Result, UserId,
};
use crate::model::KeyTimes;

/// A key, living or deleted. It has neither the full text nor the digest.
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
    /// `None`: the command line.
    pub created_by: Option<UserId>,
    /// When the key was deleted, UTC. It is refused from then on.
    pub deleted_at: Option<NaiveDateTime>,
    /// `None`: the command line.
    pub deleted_by: Option<UserId>,
    /// What narrows the key.
    #[diesel(embed)]
    pub narrowed: NarrowedColumns,
    /// When the key, though secret, first came from a browser, UTC.
    pub seen_in_browser_at: Option<NaiveDateTime>,
    /// When the key expires, UTC. It is refused from then on.
    pub expires_at: Option<NaiveDateTime>,
    /// When Keyrack noticed that, UTC. The key stays expired until it gets a later expiry.
    pub expired_at: Option<NaiveDateTime>,
    /// When the key was paused, UTC. It is refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// Until when the value before the last rotation works, too, UTC.
    pub overlap_until: Option<NaiveDateTime>,
    /// What the key is for, and whom to ask about it; may be empty.
    pub note: String,
    /// When somebody reported the current value as leaked, UTC.
    pub leaked_at: Option<NaiveDateTime>,
    /// When somebody reported the value before the last rotation as leaked, UTC. It is cleared when
    /// the overlap ends.
    pub former_leaked_at: Option<NaiveDateTime>,
}

impl ApiKey {
    /// The times that say in which state the current value is.
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
    /// The name as it is compared; unique among the living keys of an environment and kind.
    pub name_folded: &'a str,
    /// `sk_0123••••••••7848`
    pub mask: &'a str,
    /// SHA-256 of the full text; unique in the project.
    pub digest: &'a [u8],
    /// The one-time token of the form that created the key; unique.
    pub form_token: Option<&'a str>,
    pub created_at: NaiveDateTime,
    /// `None`: the command line.
    pub created_by: Option<&'a UserId>,
    /// Requests per second.
    pub rate_limit: Option<i32>,
    /// Requests that may come at once.
    pub rate_burst: Option<i32>,
    /// `None`: every operation.
    pub scopes: Option<&'a str>,
    /// `None`: from everywhere.
    pub address_ranges: Option<&'a str>,
    /// When the key expires, UTC. It is refused from then on.
    pub expires_at: Option<NaiveDateTime>,
}

/// Adds a key. If the row is refused, the transaction can go on.
pub fn insert(connection: &mut DbConnection, key: &NewApiKey<'_>) -> Result<()> {
    savepoint(connection, |connection| {
        diesel::insert_into(api_keys::table).values(key).execute(connection)
    })?;
    Ok(())
}

/// Deletes a living key. `false`: somebody else was first.
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

/// Holds the living keys of an environment: nobody else can change them until the end of the
/// transaction. (SQLite has only one writer anyway.)
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

/// Notes the first time that a secret key came from a browser.
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

/// The key with this id, living or deleted, in any environment.
pub fn find(connection: &mut DbConnection, id: &KeyId) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(connection).optional()?)
}

/// The key that was created by the form with this one-time token.
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

/// The living keys of a project. Living keys exist in living environments only, but the condition
/// must say so in the words of the partial index, or SQLite reads the keys of all projects.
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
) -> Result<Vec<(ListedKey, String)>> {
    let mut keys = living_of(project)
        .left_join(users::table.on(api_keys::created_by.eq(users::id.nullable())))
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .into_boxed();
    if let Some(environment) = environment {
        keys = keys.filter(api_keys::environment_id.eq(environment));
    }
    let listed: Vec<(ApiKey, Option<String>, Option<NaiveDateTime>, String)> = keys
        .order((
            environments::created_at,
            environments::id,
            api_keys::kind,
            api_keys::created_at.desc(),
            api_keys::id.desc(),
        ))
        .select((
            ApiKey::as_select(),
            users::name.nullable(),
            usage_latest::accepted_at.nullable(),
            environments::name,
        ))
        .load(connection)?;
    Ok(listed.into_iter().map(|(key, by, at, environment)| ((key, by, at), environment)).collect())
}

/// A key, the name of its environment, and the time of its last accepted call.
pub type CreatedKey = (ApiKey, String, Option<NaiveDateTime>);

/// The newest living keys of a project that a user created, and how many such keys there are.
pub fn list_created_by(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &UserId,
    limit: i64,
) -> Result<(Vec<CreatedKey>, i64)> {
    let theirs = living_of(project).filter(api_keys::created_by.eq(user));
    let newest = theirs
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .limit(limit)
        .select((ApiKey::as_select(), environments::name, usage_latest::accepted_at.nullable()))
        .load(connection)?;
    Ok((newest, theirs.count().get_result(connection)?))
}

/// How many living keys of each kind the environments of these projects have.
///
/// The databases differ here: SQLite keeps these numbers, because counting a million keys would
/// take longer than a page may.
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
