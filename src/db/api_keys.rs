//! Table `api_keys`. A deleted key stays as a tombstone.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::connection::savepoint;
use super::schema::{api_keys, environments, users};
use super::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId, Result, UserId};

/// The condition that a key's folded name or its mask lies in a [`range`].
macro_rules! name_or_mask {
    ($from:ident, $to:ident) => {
        api_keys::name_folded.ge($from).and(api_keys::name_folded.lt($to.clone())).or(api_keys::mask.ge($from).and(api_keys::mask.lt($to)))
    };
}

/// A key, living or deleted. Never its full text, and not its digest either.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    /// `key_…`
    pub id: KeyId,
    /// Where it is good.
    pub environment_id: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    /// What people call it.
    pub name: String,
    /// `sk_0123••••••••7848`
    pub mask: String,
    /// UTC.
    pub created_at: NaiveDateTime,
    /// Nobody: the command line.
    pub created_by: Option<UserId>,
    /// UTC. From then on it is refused.
    pub deleted_at: Option<NaiveDateTime>,
    /// Nobody: the command line.
    pub deleted_by: Option<UserId>,
    /// Requests a second.
    pub rate_limit: Option<i32>,
    /// Requests at once.
    pub rate_burst: Option<i32>,
}

/// A row to insert.
#[derive(Insertable)]
#[diesel(table_name = api_keys)]
pub struct NewApiKey<'a> {
    /// `key_…`
    pub id: &'a KeyId,
    /// Where it is good.
    pub environment_id: &'a EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    /// What people call it.
    pub name: &'a str,
    /// What names are compared by; unique among the living keys of an environment and kind.
    pub name_folded: &'a str,
    /// `sk_0123••••••••7848`
    pub mask: &'a str,
    /// SHA-256 of the full text; unique.
    pub digest: &'a [u8],
    /// The one-time token of the form that made it; unique.
    pub form_token: Option<&'a str>,
    /// UTC.
    pub created_at: NaiveDateTime,
    /// Nobody: the command line.
    pub created_by: Option<&'a UserId>,
    /// Requests a second.
    pub rate_limit: Option<i32>,
    /// Requests at once.
    pub rate_burst: Option<i32>,
}

/// What the verifier needs to know of a key.
#[derive(Debug, Clone, Queryable)]
pub struct Verifiable {
    /// SHA-256 of the full text.
    pub digest: Vec<u8>,
    /// `key_…`
    pub id: KeyId,
    /// What it may be used for.
    pub kind: Kind,
    /// What people call it.
    pub name: String,
    /// Whose.
    pub project: ProjectId,
    /// Where it is good.
    pub environment: String,
    /// UTC. From then on it is refused.
    pub deleted_at: Option<NaiveDateTime>,
    /// Requests a second.
    pub rate_limit: Option<i32>,
    /// Requests at once.
    pub rate_burst: Option<i32>,
}

/// Adds a key. The transaction can go on when the row is refused.
pub fn insert(connection: &mut DbConnection, key: &NewApiKey<'_>) -> Result<()> {
    savepoint(connection, |connection| diesel::insert_into(api_keys::table).values(key).execute(connection))?;
    Ok(())
}

/// Deletes a living key; `false` when somebody else was first.
pub fn mark_deleted(connection: &mut DbConnection, id: &KeyId, by: Option<&UserId>, now: NaiveDateTime) -> Result<bool> {
    let living = api_keys::table.filter(api_keys::id.eq(id).and(api_keys::deleted_at.is_null()));
    let changed = diesel::update(living).set((api_keys::deleted_at.eq(now), api_keys::deleted_by.eq(by))).execute(connection)?;
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
pub fn mark_all_deleted(connection: &mut DbConnection, environment: &EnvironmentId, by: Option<&UserId>, now: NaiveDateTime) -> Result<()> {
    diesel::update(living(environment)).set((api_keys::deleted_at.eq(now), api_keys::deleted_by.eq(by))).execute(connection)?;
    Ok(())
}

/// The key with this id, living or deleted, in whichever environment.
pub fn find(connection: &mut DbConnection, id: &KeyId) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(connection).optional()?)
}

/// The key that the form with this one-time token made.
pub fn find_by_form_token(connection: &mut DbConnection, token: &str) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.filter(api_keys::form_token.eq(token)).select(ApiKey::as_select()).first(connection).optional()?)
}

/// The living key with this name.
pub fn find_by_name(connection: &mut DbConnection, environment: &EnvironmentId, kind: Kind, name_folded: &str) -> Result<Option<ApiKey>> {
    Ok(living(environment)
        .filter(api_keys::kind.eq(kind).and(api_keys::name_folded.eq(name_folded)))
        .select(ApiKey::as_select())
        .first(connection)
        .optional()?)
}

#[diesel::dsl::auto_type]
fn living<'a>(environment: &'a EnvironmentId) -> _ {
    api_keys::table.filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null()))
}

/// Which of an environment's living keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The beginning of the folded name, or of the mask; empty: all.
    pub prefix: String,
}

/// How many living keys of a kind match.
pub fn count(connection: &mut DbConnection, environment: &EnvironmentId, kind: Kind, matching: &Matching) -> Result<i64> {
    let keys = living(environment).filter(api_keys::kind.eq(kind)).into_boxed();
    let keys = match range(matching) {
        None => keys,
        Some((from, to)) => keys.filter(name_or_mask!(from, to)),
    };
    Ok(keys.count().get_result(connection)?)
}

/// A page of the living keys of a kind that match, newest first, with the name of who created each
/// (nobody: the command line).
pub fn list(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
    limit: i64,
    offset: i64,
) -> Result<Vec<(ApiKey, Option<String>)>> {
    let keys = living(environment)
        .filter(api_keys::kind.eq(kind))
        .left_join(users::table.on(api_keys::created_by.eq(users::id.nullable())))
        .into_boxed();
    let keys = match range(matching) {
        None => keys,
        Some((from, to)) => keys.filter(name_or_mask!(from, to)),
    };
    Ok(keys
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .limit(limit)
        .offset(offset)
        .select((ApiKey::as_select(), users::name.nullable()))
        .load(connection)?)
}

/// All living keys of a project, or of one of its environments, with the environment's name.
pub fn list_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    environment: Option<&EnvironmentId>,
) -> Result<Vec<(ApiKey, String)>> {
    let mut keys = api_keys::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq(project).and(api_keys::deleted_at.is_null()))
        .into_boxed();
    if let Some(environment) = environment {
        keys = keys.filter(api_keys::environment_id.eq(environment));
    }
    Ok(keys
        .order((environments::created_at, environments::id, api_keys::kind, api_keys::created_at.desc(), api_keys::id.desc()))
        .select((ApiKey::as_select(), environments::name))
        .load(connection)?)
}

/// The living keys of a project that a user created, newest first, with the environment's name.
pub fn list_created_by(connection: &mut DbConnection, project: &ProjectId, user: &UserId) -> Result<Vec<(ApiKey, String)>> {
    Ok(api_keys::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq(project).and(api_keys::created_by.eq(user)).and(api_keys::deleted_at.is_null()))
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .select((ApiKey::as_select(), environments::name))
        .load(connection)?)
}

/// How many living keys of each kind each environment of these projects has.
pub fn count_by_environment(connection: &mut DbConnection, projects: &[ProjectId]) -> Result<Vec<(ProjectId, EnvironmentId, Kind, i64)>> {
    Ok(api_keys::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq_any(projects).and(api_keys::deleted_at.is_null()))
        .group_by((environments::project_id, api_keys::environment_id, api_keys::kind))
        .select((environments::project_id, api_keys::environment_id, api_keys::kind, diesel::dsl::count_star()))
        .load(connection)?)
}

/// The key with this digest, living or deleted.
pub fn find_by_digest(connection: &mut DbConnection, digest: &[u8; 32]) -> Result<Option<Verifiable>> {
    Ok(find_by_digests(connection, &[*digest])?.pop())
}

/// The keys with these digests, living or deleted, in any order. Everything is read in one snapshot that
/// begins and ends within this call, so that what it says was true after the call began.
///
/// One place where the two differ: PostgreSQL is asked once, because the way there costs most;
/// SQLite is asked for one after the other, because that way the prepared statement is kept.
pub fn find_by_digests(connection: &mut DbConnection, digests: &[[u8; 32]]) -> Result<Vec<Verifiable>> {
    macro_rules! columns {
        () => {
            (
                api_keys::digest,
                api_keys::id,
                api_keys::kind,
                api_keys::name,
                environments::project_id,
                environments::name,
                api_keys::deleted_at,
                api_keys::rate_limit,
                api_keys::rate_burst,
            )
        };
    }
    let keys = api_keys::table.inner_join(environments::table);
    match connection {
        DbConnection::Sqlite(connection) => {
            // One snapshot, taken by the first of them: each would lock and unlock the file by itself.
            let found = connection.transaction(|connection| {
                let mut found = Vec::with_capacity(digests.len());
                for digest in digests {
                    let key = keys.filter(api_keys::digest.eq(&digest[..])).select(columns!()).load(connection)?;
                    found.extend(key);
                }
                diesel::QueryResult::Ok(found)
            });
            Ok(found?)
        }
        DbConnection::Postgres(connection) => {
            let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
            Ok(keys.filter(api_keys::digest.eq_any(digests)).select(columns!()).load(connection)?)
        }
    }
}

/// The texts that begin with the prefix, as a half-open range: an index can find it, and there are
/// no wild cards to escape. Folded names and masks are compared byte by byte in both databases.
fn range(matching: &Matching) -> Option<(&str, String)> {
    let prefix = matching.prefix.as_str();
    (!prefix.is_empty()).then(|| (prefix, format!("{prefix}{}", char::MAX)))
}
