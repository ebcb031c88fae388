//! Table `api_keys`: which living keys an environment has, a page at a time.
//!
//! A page of ten thousand keys should take little longer than a page of fifty. So an index must
//! give the fifty keys in their order, and only those rows are read. Which index is best depends on
//! how many keys match. SQLite's planner does not know that and PostgreSQL's guesses, so the
//! matches are counted first, and the query leaves no other choice.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::matching::{Matching, Range, range, unindexed};
use super::row::{ApiKey, living};
use super::state;
use crate::db::schema::{api_keys, key_counts, key_terms, usage_latest, users};
use crate::db::{DbConnection, EnvironmentId, KeyId, KeySort, KeyStatus, Kind, Result};
use crate::model::SOON;

// A second name of the table, for conditions on the last use in a list that is not sorted by it.
diesel::alias!(const LATEST: Alias<Latest> = usage_latest as latest);

/// Up to this many matches are sorted instead of being found in an index that has all keys in
/// order. When 700 of 10,000 keys match, 50 of them are found there after as many rows.
const FEW: i64 = 700;

macro_rules! newest {
    () => {
        concat!(unindexed!("created_at"), " DESC, ", unindexed!("id"), " DESC")
    };
}

/// Narrows a boxed query to keys that match: each key is compared by the beginning of its folded
/// name, mask or id, or by one of its [`crate::db::key_terms`].
macro_rules! beginning {
    ($keys:expr, $environment:expr, $matching:expr) => {{
        let (mut keys, matching) = ($keys, $matching);
        if let Some(Range { from, to, id_from, .. }) = range(matching) {
            let terms = key_terms::table
                .filter(
                    key_terms::environment_id
                        .eq($environment)
                        .and(key_terms::term.ge(from))
                        .and(key_terms::term.lt(to.clone())),
                )
                .select(key_terms::key_id);
            let name = api_keys::name_folded.ge(from).and(api_keys::name_folded.lt(to.clone()));
            let mask = api_keys::mask.ge(from).and(api_keys::mask.lt(to.clone()));
            let id = api_keys::id.ge(id_from).and(api_keys::id.lt(to));
            keys = keys.filter(name.or(mask).or(id).or(api_keys::id.eq_any(terms)));
        }
        keys
    }};
}

/// The same condition, with each of its parts found through its own index. For few matches only,
/// because all are kept before the first is looked at.
///
/// The databases differ here. With `IN`, PostgreSQL may search the matches for each key of the
/// environment when it expects few keys; with an array it looks up each match. SQLite has no
/// arrays, but its indexes say where a row is.
macro_rules! found {
    ($connection:expr, $environment:expr, $kind:expr, $range:expr, $name_from:expr) => {{
        let (is_among, row, of_terms, end) = match $connection {
            DbConnection::Sqlite(_) => (
                "api_keys.rowid IN (",
                "api_keys.rowid",
                "api_keys.rowid FROM key_terms CROSS JOIN api_keys ON api_keys.id = key_id",
                ")",
            ),
            DbConnection::Postgres(_) => {
                ("api_keys.id = ANY(ARRAY(", "api_keys.id", "key_id FROM key_terms", "))")
            }
        };
        let (environment, kind, name_from) = ($environment, $kind, $name_from.to_owned());
        let Range { from, to, id_from, ids } = $range;
        let found = sql::<Bool>(is_among)
            .sql("SELECT ")
            .sql(row)
            .sql(" FROM api_keys WHERE deleted_at IS NULL AND environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND kind = ")
            .bind::<Text, _>(kind)
            .sql(" AND name_folded >= ")
            .bind::<Text, _>(name_from)
            .sql(" AND name_folded < ")
            .bind::<Text, _>(to.clone())
            .sql(" UNION ALL SELECT ")
            .sql(row)
            .sql(" FROM api_keys WHERE deleted_at IS NULL AND environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND mask >= ")
            .bind::<Text, _>(from.to_owned())
            .sql(" AND mask < ")
            .bind::<Text, _>(to.clone())
            .sql(" UNION ALL SELECT ")
            .sql(row)
            .sql(ids[0])
            .bind::<Text, _>(environment.clone())
            .sql(ids[1])
            .bind::<Text, _>(id_from)
            .sql(ids[2])
            .bind::<Text, _>(to.clone())
            .sql(" UNION ALL SELECT ")
            .sql(of_terms)
            .sql(" WHERE key_terms.environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND term >= ")
            .bind::<Text, _>(from.to_owned())
            .sql(" AND term < ")
            .bind::<Text, _>(to)
            .sql(end);
        // Of the matches, only living keys of this environment and kind. These columns have
        // indexes, too, but those lead to more keys, so the planner must not see them.
        let here = sql::<Bool>(concat!(
            unindexed!("deleted_at"),
            " IS NULL AND ",
            unindexed!("environment_id"),
            " = "
        ))
        .bind::<Text, _>(environment.clone())
        .sql(concat!(" AND ", unindexed!("kind"), " = "))
        .bind::<Text, _>(kind);
        found.and(here)
    }};
}

/// Adds the time of the last use.
macro_rules! with_latest {
    () => {
        api_keys::table.left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
    };
}

/// The few matching keys in the right order, sorted after they were found.
macro_rules! sorted {
    ($keys:expr, $sort:expr) => {
        $keys.order(sql::<Text>(match $sort {
            KeySort::Newest => newest!(),
            KeySort::Name => unindexed!("name_folded"),
            // Keys that were used come first. This is said explicitly because the databases order
            // nulls differently.
            KeySort::LastUsed => {
                "usage_latest.accepted_at IS NULL, coalesce(usage_latest.accepted_at, api_keys.created_at) DESC, api_keys.id DESC"
            }
        }))
    };
}

/// Narrows a boxed query to keys with a status.
macro_rules! with_status {
    ($keys:expr, $matching:expr) => {{
        let (mut keys, latest) = ($keys, LATEST);
        match $matching.status {
            None => {}
            Some((KeyStatus::Active, now)) => keys = keys.filter(state::active(now)),
            Some((KeyStatus::Expiring, now)) => {
                keys = keys.filter(state::expires_by(now, now + SOON));
            }
            Some((KeyStatus::Expired, now)) => keys = keys.filter(state::expired(now)),
            Some((KeyStatus::Paused, now)) => keys = keys.filter(state::paused(now)),
            Some((KeyStatus::Leaked, now)) => keys = keys.filter(state::leaked(now)),
            Some((status @ (KeyStatus::Unused30 | KeyStatus::Unused90), now)) => {
                let since = now - status.unused().unwrap_or_default();
                let used = latest.filter(latest.field(usage_latest::key_id).eq(api_keys::id));
                let used = used.filter(latest.field(usage_latest::accepted_at).ge(since));
                keys = keys.filter(api_keys::created_at.le(since).and(not(exists(used))));
            }
        }
        keys
    }};
}

/// A key in a list, with the name of who created it (`None`: the command line) and the time of the
/// last accepted call.
pub type ListedKey = (ApiKey, Option<String>, Option<NaiveDateTime>);

#[derive(Debug)]
pub struct Matches {
    /// How many living keys of the kind match.
    pub total: i64,
    /// The ids of the matching keys in their order, if all of them had to be looked up.
    ids: Option<Vec<KeyId>>,
}

/// Finds the living keys of a kind that match.
pub fn find(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
) -> Result<Matches> {
    let Some(range) = range(matching).filter(|_| matching.is_search()) else {
        return Ok(Matches { total: count(connection, environment, kind, matching)?, ids: None });
    };
    // Most searches are for a name, and many keys may match. Those are counted in the index alone.
    let name = api_keys::name_folded.ge(range.from).and(api_keys::name_folded.lt(range.to.clone()));
    let named: i64 = living(environment)
        .filter(api_keys::kind.eq(kind))
        .filter(name.clone())
        .count()
        .get_result(connection)?;
    if named > FEW {
        let others = api_keys::table.filter(not(name)).into_boxed();
        let total = match matching.status {
            None => {
                named
                    + others
                        .filter(found!(connection, environment, kind, range, range.to))
                        .count()
                        .get_result::<i64>(connection)?
            }
            Some(_) => count(connection, environment, kind, matching)?,
        };
        return Ok(Matches { total, ids: None });
    }
    let keys = with_latest!()
        .filter(found!(connection, environment, kind, range, range.from))
        .into_boxed();
    let ids: Vec<KeyId> = sorted!(with_status!(keys, matching), matching.sort)
        .select(api_keys::id)
        .load(connection)?;
    Ok(Matches { total: i64::try_from(ids.len()).unwrap_or(i64::MAX), ids: Some(ids) })
}

fn count(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
) -> Result<i64> {
    match (matching.prefix.is_empty(), matching.status) {
        (true, None) => count_all(connection, environment, kind),
        (true, Some((KeyStatus::Active, _))) => {
            // Every living key is active, paused or expired, and the last two have an index.
            let mut of =
                |status| count(connection, environment, kind, &matching.with_status(status));
            Ok(of(None)? - of(Some(KeyStatus::Paused))? - of(Some(KeyStatus::Expired))?)
        }
        _ => {
            let keys = living(environment).filter(api_keys::kind.eq(kind)).into_boxed();
            Ok(with_status!(beginning!(keys, environment, matching), matching)
                .count()
                .get_result(connection)?)
        }
    }
}

/// How many living keys an environment has.
pub fn count_living(connection: &mut DbConnection, environment: &EnvironmentId) -> Result<i64> {
    let publishable = count_all(connection, environment, Kind::Publishable)?;
    Ok(publishable + count_all(connection, environment, Kind::Secret)?)
}

/// How many living keys of a kind there are.
///
/// The databases differ here: on SQLite a trigger keeps the number, because counting would take
/// much of the time of a page.
fn count_all(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
) -> Result<i64> {
    match connection {
        DbConnection::Sqlite(connection) => {
            let kept: Vec<i64> = key_counts::table
                .find((environment, kind))
                .select(key_counts::living)
                .load(connection)?;
            Ok(kept.into_iter().sum())
        }
        DbConnection::Postgres(connection) => Ok(living(environment)
            .filter(api_keys::kind.eq(kind))
            .count()
            .get_result(connection)?),
    }
}

/// A page of the living keys that were found, in their order.
pub fn list(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
    found: &Matches,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedKey>> {
    let total = found.total;
    if offset >= total {
        return Ok(Vec::new());
    }
    if let Some(ids) = &found.ids {
        let (skip, take) =
            (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
        let ids: Vec<&KeyId> = ids.iter().skip(skip).take(take).collect();
        return rows(connection, &ids);
    }
    if total > FEW && matching.sort == KeySort::LastUsed {
        let ids = by_last_use(connection, environment, kind, matching, limit, offset)?;
        return rows(connection, &ids.iter().collect::<Vec<_>>());
    }
    let here = api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null());
    let keys = with_latest!().filter(here.and(api_keys::kind.eq(kind))).into_boxed();
    let keys = with_status!(beginning!(keys, environment, matching), matching);
    if total <= FEW {
        let ids: Vec<KeyId> = sorted!(keys, matching.sort)
            .limit(limit)
            .offset(offset)
            .select(api_keys::id)
            .load(connection)?;
        return rows(connection, &ids.iter().collect::<Vec<_>>());
    }
    // Starts from the end of the list that is nearer.
    let limit = limit.min(total - offset);
    let back = total - offset - limit;
    let from_the_end = back < offset;
    let (created_at, name, id) = (api_keys::created_at, api_keys::name_folded, api_keys::id);
    let keys = match (matching.sort == KeySort::Name, from_the_end) {
        // Names are unique, so they need no second column.
        (true, false) => keys.order(name.asc()),
        (true, true) => keys.order(name.desc()),
        (false, false) => keys.order((created_at.desc(), id.desc())),
        (false, true) => keys.order((created_at.asc(), id.asc())),
    };
    let keys = keys.limit(limit).offset(if from_the_end { back } else { offset });
    let mut ids: Vec<KeyId> = keys.select(api_keys::id).load(connection)?;
    if from_the_end {
        ids.reverse();
    }
    rows(connection, &ids.iter().collect::<Vec<_>>())
}

/// The keys that were used, the latest first, in the order of their index; after them the keys that
/// were never used, the newest first.
fn by_last_use(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
    limit: i64,
    offset: i64,
) -> Result<Vec<KeyId>> {
    let used = || {
        let theirs = usage_latest::environment_id
            .eq(environment.as_str())
            .and(usage_latest::kind.eq(kind.as_str()));
        let keys = usage_latest::table
            .inner_join(api_keys::table.on(api_keys::id.eq(usage_latest::key_id)));
        // The environment and kind of `api_keys` are left out on purpose, so that the index on
        // `usage_latest` is the only way to these rows.
        let keys = keys
            .filter(
                theirs
                    .and(usage_latest::listed_at.is_not_null())
                    .and(api_keys::deleted_at.is_null()),
            )
            .into_boxed();
        with_status!(beginning!(keys, environment, matching), matching)
    };
    let order = (usage_latest::listed_at.desc(), usage_latest::key_id.desc());
    let mut ids: Vec<KeyId> =
        used().order(order).limit(limit).offset(offset).select(api_keys::id).load(connection)?;
    let found = i64::try_from(ids.len()).unwrap_or(limit);
    if found < limit {
        let before = if found > 0 {
            offset
        } else {
            used().count().get_result::<i64>(connection)?.min(offset)
        };
        let ever = usage_latest::table.filter(
            usage_latest::key_id.eq(api_keys::id).and(usage_latest::listed_at.is_not_null()),
        );
        let keys = living(environment)
            .filter(api_keys::kind.eq(kind))
            .filter(not(exists(ever)))
            .into_boxed();
        let keys = with_status!(beginning!(keys, environment, matching), matching);
        let order = (api_keys::created_at.desc(), api_keys::id.desc());
        ids.extend(
            keys.order(order)
                .limit(limit - found)
                .offset(offset - before)
                .select(api_keys::id)
                .load::<KeyId>(connection)?,
        );
    }
    Ok(ids)
}

/// The rows with these ids in this order, without those that were deleted a moment ago.
fn rows(connection: &mut DbConnection, ids: &[&KeyId]) -> Result<Vec<ListedKey>> {
    let mut rows: Vec<ListedKey> = api_keys::table
        .left_join(users::table.on(api_keys::created_by.eq(users::id.nullable())))
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .filter(api_keys::id.eq_any(ids.iter().copied()).and(api_keys::deleted_at.is_null()))
        .select((ApiKey::as_select(), users::name.nullable(), usage_latest::accepted_at.nullable()))
        .load(connection)?;
    let places: HashMap<&KeyId, usize> =
        ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    rows.sort_by_key(|(key, ..)| places.get(&key.id).copied());
    Ok(rows)
}
