//! Table `api_keys`. A deleted key stays as a tombstone.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use super::connection::savepoint;
use super::schema::{api_keys, environments, policies, rotated_secrets};
use super::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId, Result, UserId};

pub use super::api_keys_list::{Matching, SOON, count, list};

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
    /// What it may do, if it may not do everything: `posts:read posts:list`.
    pub scopes: Option<String>,
    /// Where it may be used from, if not from everywhere: `10.0.0.0/8 192.0.2.7/32`.
    pub address_ranges: Option<String>,
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
    /// None: everything.
    pub scopes: Option<&'a str>,
    /// None: everywhere.
    pub address_ranges: Option<&'a str>,
    /// UTC. From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
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
    /// None: everything.
    pub scopes: Option<String>,
    /// None: everywhere.
    pub address_ranges: Option<String>,
    /// UTC. When it first arrived from a browser, though it is secret.
    pub seen_in_browser_at: Option<NaiveDateTime>,
    /// The environment's policy in the same snapshot, and its version; none: the defaults.
    pub policy: Option<(EnvironmentId, i64)>,
    /// UTC. From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
    /// UTC. When that was noticed, for good.
    pub expired_at: Option<NaiveDateTime>,
    /// UTC. Refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// UTC. For a value that was replaced by a rotation: until when it works; `None`: the current value.
    pub valid_until: Option<NaiveDateTime>,
    /// UTC. When the end of that was noticed, for good.
    pub ended_at: Option<NaiveDateTime>,
    /// UTC. Until then the key has two values that work.
    pub overlap_until: Option<NaiveDateTime>,
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

/// Notes that a secret key arrived from a browser, the first time.
pub fn mark_seen_in_browser(connection: &mut DbConnection, id: &KeyId, now: NaiveDateTime) -> Result<()> {
    let unseen = api_keys::table.filter(api_keys::id.eq(id).and(api_keys::seen_in_browser_at.is_null()));
    diesel::update(unseen).set(api_keys::seen_in_browser_at.eq(now)).execute(connection)?;
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
pub(super) fn living<'a>(environment: &'a EnvironmentId) -> _ {
    api_keys::table.filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null()))
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

/// The keys with these digests, living or deleted, in any order. Everything is read within this call, so that
/// what it says was true after the call began. What is no key's value may be one that a rotation replaced: a
/// value only ever goes from the one table to the other, so whoever looks in this order misses none.
///
/// One place where the two differ: PostgreSQL is asked once, because the way there costs most;
/// SQLite is asked for one after the other, because that way the prepared statement is kept.
pub fn find_by_digests(connection: &mut DbConnection, digests: &[[u8; 32]]) -> Result<Vec<Verifiable>> {
    macro_rules! columns {
        ($digest:expr, $valid_until:expr, $ended_at:expr) => {
            (
                $digest,
                api_keys::id,
                api_keys::kind,
                api_keys::name,
                environments::project_id,
                environments::name,
                api_keys::deleted_at,
                api_keys::rate_limit,
                api_keys::rate_burst,
                api_keys::scopes,
                api_keys::address_ranges,
                api_keys::seen_in_browser_at,
                (policies::environment_id, policies::version).nullable(),
                api_keys::expires_at,
                api_keys::expired_at,
                api_keys::paused_at,
                $valid_until,
                $ended_at,
                api_keys::overlap_until,
            )
        };
    }
    macro_rules! current {
        () => {
            columns!(
                api_keys::digest,
                None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>(),
                None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>()
            )
        };
    }
    macro_rules! replaced {
        () => {
            columns!(rotated_secrets::digest, rotated_secrets::valid_until.nullable(), rotated_secrets::ended_at)
        };
    }
    let keys = api_keys::table
        .inner_join(environments::table)
        .left_join(policies::table.on(policies::environment_id.eq(api_keys::environment_id)));
    let former = rotated_secrets::table.inner_join(keys);
    match connection {
        DbConnection::Sqlite(connection) => {
            // One snapshot, taken by the first of them: each would lock and unlock the file by itself.
            let found = connection.transaction(|connection| {
                let mut found = Vec::with_capacity(digests.len());
                for digest in digests {
                    let mut key = keys.filter(api_keys::digest.eq(&digest[..])).select(current!()).load(connection)?;
                    if key.is_empty() {
                        key = former.filter(rotated_secrets::digest.eq(&digest[..])).select(replaced!()).load(connection)?;
                    }
                    found.extend(key);
                }
                diesel::QueryResult::Ok(found)
            });
            Ok(found?)
        }
        DbConnection::Postgres(connection) => {
            let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
            let mut found: Vec<Verifiable> = keys.filter(api_keys::digest.eq_any(&digests)).select(current!()).load(connection)?;
            let known: HashSet<&[u8]> = found.iter().map(|key| key.digest.as_slice()).collect();
            let rest: Vec<&[u8]> = digests.iter().filter(|digest| !known.contains(**digest)).copied().collect();
            if !rest.is_empty() {
                found.extend(former.filter(rotated_secrets::digest.eq_any(rest)).select(replaced!()).load(connection)?);
            }
            Ok(found)
        }
    }
}
