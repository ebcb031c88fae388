//! What the verifier reads of table `api_keys` and around it, for every call: many keys at once,
//! and no more of each than it needs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text, Timestamp};

use super::schema::{api_keys, environments, policies, rotated_secrets, verifiable_keys};
use super::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId, Result};
use crate::model::PolicyTag;

/// A value that somebody presented, and what is known of it.
#[derive(Debug)]
pub struct Found {
    /// SHA-256 of the value.
    pub digest: [u8; 32],
    /// The key that has this value, or had it.
    pub key: Verifiable,
    /// Where the key is good.
    pub home: Arc<Home>,
}

/// What the verifier needs to know of a key, living or deleted.
#[derive(Debug, Queryable)]
pub struct Verifiable {
    /// `key_…`
    pub id: KeyId,
    environment: EnvironmentId,
    /// What it may be used for.
    pub kind: Kind,
    /// What people call it.
    pub name: String,
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
    /// UTC. From then on it is refused.
    pub expires_at: Option<NaiveDateTime>,
    /// UTC. When that was noticed, for good.
    pub expired_at: Option<NaiveDateTime>,
    /// UTC. Refused until somebody resumes it.
    pub paused_at: Option<NaiveDateTime>,
    /// UTC. For a value that was replaced by a rotation: until when it works; `None`: the current
    /// value.
    pub valid_until: Option<NaiveDateTime>,
    /// UTC. When the end of that was noticed, for good.
    pub ended_at: Option<NaiveDateTime>,
    /// UTC. Until then the key has two values that work.
    pub overlap_until: Option<NaiveDateTime>,
}

/// The environment in which keys are good.
#[derive(Debug, Queryable)]
pub struct Home {
    /// `env_…`
    pub environment: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Whose.
    pub project: ProjectId,
    /// Which policy it has, read no earlier than the key; none: the defaults.
    pub policy: Option<PolicyTag>,
}

/// The key with this digest, living or deleted.
pub fn find_by_digest(
    connection: &mut DbConnection,
    digest: &[u8; 32],
) -> Result<Option<Arc<Found>>> {
    Ok(find_by_digests(connection, &[*digest])?.pop().flatten())
}

/// The keys with these digests, living or deleted, in the order of the digests; of two equal
/// digests that follow each other only one is looked up. Everything is read within this call, so
/// that what it says was true after the call began. What is no key's value may be one that a
/// rotation replaced: a value only ever goes from the one table to the other, so whoever looks in
/// this order misses none.
///
/// One place where the two differ: PostgreSQL is asked once for all keys (and once more for what
/// was not found), because the way there costs most; SQLite for one key after the other, because
/// that way the prepared statement is kept, and for each environment once.
pub fn find_by_digests(
    connection: &mut DbConnection,
    digests: &[[u8; 32]],
) -> Result<Vec<Option<Arc<Found>>>> {
    match connection {
        // For many one snapshot, taken by the first of them: each would lock and unlock the file by
        // itself. For one that costs more than it saves.
        DbConnection::Sqlite(connection) if digests.len() > 1 => {
            Ok(connection.transaction(|connection| one_by_one(connection, digests))?)
        }
        DbConnection::Sqlite(connection) => Ok(one_by_one(connection, digests)?),
        DbConnection::Postgres(connection) => Ok(all_at_once(connection, digests)?),
    }
}

/// The columns of [`Verifiable`], of a table that has most of them.
macro_rules! columns {
    ($keys:ident, $id:ident, $valid_until:expr, $ended_at:expr) => {
        (
            $keys::$id,
            $keys::environment_id,
            $keys::kind,
            $keys::name,
            $keys::deleted_at,
            $keys::rate_limit,
            $keys::rate_burst,
            $keys::scopes,
            $keys::address_ranges,
            $keys::seen_in_browser_at,
            $keys::expires_at,
            $keys::expired_at,
            $keys::paused_at,
            $valid_until,
            $ended_at,
            $keys::overlap_until,
        )
    };
}

macro_rules! current {
    ($keys:ident, $id:ident) => {
        columns!(
            $keys,
            $id,
            None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>(),
            None::<NaiveDateTime>.into_sql::<Nullable<Timestamp>>()
        )
    };
}

macro_rules! replaced {
    () => {
        columns!(api_keys, id, rotated_secrets::valid_until.nullable(), rotated_secrets::ended_at)
    };
}

macro_rules! home {
    () => {
        (environments::id, environments::name, environments::project_id, policies::tag.nullable())
    };
}

fn one_by_one(
    connection: &mut SqliteConnection,
    digests: &[[u8; 32]],
) -> QueryResult<Vec<Option<Arc<Found>>>> {
    let mut homes: HashMap<EnvironmentId, Arc<Home>> = HashMap::new();
    let mut all: Vec<Option<Arc<Found>>> = Vec::with_capacity(digests.len());
    let mut before = None;
    for digest in digests {
        if before.replace(digest) == Some(digest) {
            all.push(all.last().cloned().flatten());
            continue;
        }
        let Some(key) = one(connection, digest)? else {
            all.push(None);
            continue;
        };
        let home = match homes.get(&key.environment) {
            Some(home) => Arc::clone(home),
            None => {
                let environment = environments::table
                    .left_join(policies::table)
                    .filter(environments::id.eq(&key.environment));
                // Not `first`: its LIMIT is a value that SQLite plans with, so it would prepare the
                // statement each time.
                let home: Vec<Home> = environment.select(home!()).load(connection)?;
                let home =
                    Arc::new(home.into_iter().next().ok_or(diesel::result::Error::NotFound)?);
                homes.insert(key.environment.clone(), Arc::clone(&home));
                home
            }
        };
        all.push(Some(Arc::new(Found { digest: *digest, key, home })));
    }
    Ok(all)
}

/// From where it takes one page to read, or from among all keys, or from what a rotation replaced.
fn one(connection: &mut SqliteConnection, digest: &[u8; 32]) -> QueryResult<Option<Verifiable>> {
    let here =
        verifiable_keys::table.find(number(digest)).filter(verifiable_keys::digest.eq(&digest[..]));
    let mut found: Vec<Verifiable> =
        here.select(current!(verifiable_keys, key_id)).load(connection)?;
    if found.is_empty() {
        found = api_keys::table
            .filter(api_keys::digest.eq(&digest[..]))
            .select(current!(api_keys, id))
            .load(connection)?;
    }
    if found.is_empty() {
        let former = rotated_secrets::table.inner_join(api_keys::table);
        found = former
            .filter(rotated_secrets::digest.eq(&digest[..]))
            .select(replaced!())
            .load(connection)?;
    }
    Ok(found.pop())
}

/// What table `verifiable_keys` is in the order of: the first 56 bits.
fn number([a, b, c, d, e, f, g, ..]: &[u8; 32]) -> i64 {
    i64::from_be_bytes([0, *a, *b, *c, *d, *e, *f, *g])
}

diesel::define_sql_function! {
    /// The first 64 bits: what index `api_keys_to_verify` is in the order of.
    fn digest_number(digest: Binary) -> BigInt;
}

diesel::define_sql_function! {
    /// Whether a key stands in that index.
    fn fits_in_index(scopes: Nullable<Text>, address_ranges: Nullable<Text>) -> Bool;
}

/// From an index that has everything, and what is not there from among all keys and what rotations
/// replaced.
fn all_at_once(
    connection: &mut PgConnection,
    digests: &[[u8; 32]],
) -> QueryResult<Vec<Option<Arc<Found>>>> {
    let keys = api_keys::table.inner_join(environments::table.left_join(policies::table));
    let number = |[a, b, c, d, e, f, g, h, ..]: &[u8; 32]| {
        i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
    };
    let numbers: Vec<i64> = digests.iter().map(number).collect();
    let here = digest_number(api_keys::digest)
        .eq_any(numbers)
        .and(fits_in_index(api_keys::scopes, api_keys::address_ranges));
    let current = (api_keys::digest, current!(api_keys, id), home!());
    let mut rows: Vec<(Vec<u8>, Verifiable, Home)> =
        keys.filter(here).select(current).load(connection)?;
    let known: HashSet<&[u8]> = rows.iter().map(|(digest, ..)| digest.as_slice()).collect();
    let rest: Vec<&[u8]> =
        digests.iter().map(|digest| &digest[..]).filter(|digest| !known.contains(digest)).collect();
    if !rest.is_empty() {
        let large = keys.filter(api_keys::digest.eq_any(rest.clone())).select(current);
        let former =
            rotated_secrets::table.inner_join(keys).filter(rotated_secrets::digest.eq_any(rest));
        let former = former.select((rotated_secrets::digest, replaced!(), home!()));
        rows.extend(large.union_all(former).load::<(Vec<u8>, Verifiable, Home)>(connection)?);
    }
    let found = |(digest, key, home): (Vec<u8>, _, _)| {
        let digest: [u8; 32] = digest.try_into().ok()?;
        Some((digest, Arc::new(Found { digest, key, home: Arc::new(home) })))
    };
    let by_digest: HashMap<[u8; 32], Arc<Found>> = rows.into_iter().filter_map(found).collect();
    Ok(digests.iter().map(|digest| by_digest.get(digest).cloned()).collect())
}
