//! Table `api_keys`: which living keys an environment has, a page at a time.
//!
//! A page of ten thousand keys shall take little longer than a page of fifty: an index says which keys it is, in their
//! order, and only those fifty rows are read. Which way that is depends on how many match. SQLite's planner does not
//! know, and PostgreSQL's guesses: here they are counted before, and the query leaves no other choice.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::api_keys::{ApiKey, living};
use super::schema::{api_keys, key_counts, key_terms, usage_latest, users};
use super::{DbConnection, EnvironmentId, KeyId, KeySort, KeyStatus, Kind, Result};

// For those that ask when a key was used last, and are not sorted by it.
diesel::alias!(const LATEST: Alias<Latest> = usage_latest as latest);

/// So many keys are rather sorted than looked for in the index that has them all in order: of 10,000 keys, 50 of 700
/// that match are found there after as many rows.
const FEW: i64 = 700;

/// What `column` is, to whoever looks at it; no index knows it by that name.
macro_rules! unindexed {
    ($column:literal) => {
        concat!("coalesce(api_keys.", $column, ", api_keys.", $column, ")")
    };
}

/// The keys of a boxed query that match, one looked at after the other: by the beginning of the folded name, the mask,
/// the id or one of the [`super::key_terms`].
macro_rules! beginning {
    ($keys:expr, $environment:expr, $matching:expr) => {{
        let (mut keys, matching) = ($keys, $matching);
        if let Some(Range { from, to, id_from, .. }) = range(matching) {
            let terms = key_terms::table
                .filter(key_terms::environment_id.eq($environment).and(key_terms::term.ge(from)).and(key_terms::term.lt(to.clone())))
                .select(key_terms::key_id);
            let name = api_keys::name_folded.ge(from).and(api_keys::name_folded.lt(to.clone()));
            let mask = api_keys::mask.ge(from).and(api_keys::mask.lt(to.clone()));
            let id = api_keys::id.ge(id_from).and(api_keys::id.lt(to));
            keys = keys.filter(name.or(mask).or(id).or(api_keys::id.eq_any(terms)));
        }
        keys
    }};
}

/// The same, each part found through its index. For few: they are all held together before the first is looked at.
///
/// One place where the two differ: with `IN` PostgreSQL may look for each key of the environment among those found, when
/// it thinks that there are few; with an array it looks for those found. SQLite knows no arrays.
macro_rules! found {
    ($connection:expr, $environment:expr, $kind:expr, $range:expr, $name_from:expr) => {{
        let (is_among, end) = match $connection {
            DbConnection::Sqlite(_) => ("api_keys.id IN (", ")"),
            DbConnection::Postgres(_) => ("api_keys.id = ANY(ARRAY(", "))"),
        };
        let (environment, kind, name_from) = ($environment, $kind, $name_from.to_owned());
        let Range { from, to, id_from, ids } = $range;
        let found = sql::<Bool>(is_among)
            .sql("SELECT id FROM api_keys WHERE deleted_at IS NULL AND environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND kind = ")
            .bind::<Text, _>(kind)
            .sql(" AND name_folded >= ")
            .bind::<Text, _>(name_from)
            .sql(" AND name_folded < ")
            .bind::<Text, _>(to.clone())
            .sql(" UNION ALL SELECT id FROM api_keys WHERE deleted_at IS NULL AND environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND mask >= ")
            .bind::<Text, _>(from.to_owned())
            .sql(" AND mask < ")
            .bind::<Text, _>(to.clone())
            .sql(ids[0])
            .bind::<Text, _>(environment.clone())
            .sql(ids[1])
            .bind::<Text, _>(id_from)
            .sql(ids[2])
            .bind::<Text, _>(to.clone())
            .sql(" UNION ALL SELECT key_id FROM key_terms WHERE environment_id = ")
            .bind::<Text, _>(environment.clone())
            .sql(" AND term >= ")
            .bind::<Text, _>(from.to_owned())
            .sql(" AND term < ")
            .bind::<Text, _>(to)
            .sql(end);
        // Of those, which are living, and here. There are indexes for that, too, but all of them lead to more keys.
        let here = sql::<Bool>(concat!(unindexed!("deleted_at"), " IS NULL AND ", unindexed!("environment_id"), " = "))
            .bind::<Text, _>(environment.clone())
            .sql(concat!(" AND ", unindexed!("kind"), " = "))
            .bind::<Text, _>(kind);
        found.and(here)
    }};
}

/// The keys of a boxed query with a status.
macro_rules! with_status {
    ($keys:expr, $matching:expr) => {{
        let (mut keys, latest) = ($keys, LATEST);
        match $matching.status {
            None => {}
            Some((KeyStatus::Active, now)) => {
                let good = api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now)).and(api_keys::expired_at.is_null());
                keys = keys.filter(good.and(api_keys::paused_at.is_null()));
            }
            Some((KeyStatus::Expiring, now)) => {
                let soon = api_keys::expires_at.gt(now).and(api_keys::expires_at.le(now + SOON));
                keys = keys.filter(soon.and(api_keys::expired_at.is_null()));
            }
            Some((KeyStatus::Expired, now)) => {
                let over = api_keys::expires_at.le(now).or(api_keys::expired_at.is_not_null());
                keys = keys.filter(api_keys::expires_at.is_not_null().and(over));
            }
            Some((KeyStatus::Paused, now)) => {
                let good = api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now)).and(api_keys::expired_at.is_null());
                keys = keys.filter(good.and(api_keys::paused_at.is_not_null()));
            }
            Some((status @ (KeyStatus::Unused30 | KeyStatus::Unused90), now)) => {
                let since = now - status.unused().unwrap_or_default();
                let used = latest.filter(latest.field(usage_latest::key_id).eq(api_keys::id));
                let used = used.filter(latest.field(usage_latest::accepted_at).ge(since));
                keys = keys.filter(api_keys::created_at.le(since).and(not(exists(used))));
            }
            Some((KeyStatus::Leaked, now)) => {
                let good = api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now)).and(api_keys::expired_at.is_null());
                let former = api_keys::former_leaked_at.is_not_null().and(api_keys::overlap_until.gt(now));
                // Twice the same, but the first is what the index says of its keys, word by word.
                let either = api_keys::leaked_at.is_not_null().or(api_keys::former_leaked_at.is_not_null());
                keys = keys.filter(either).filter(good.and(api_keys::leaked_at.is_not_null().or(former)));
            }
        }
        keys
    }};
}

impl KeyStatus {
    /// Whether the keys with this status have an index of their own.
    fn is_indexed(self) -> bool {
        match self {
            Self::Expiring | Self::Expired | Self::Paused | Self::Leaked => true,
            Self::Active | Self::Unused30 | Self::Unused90 => false,
        }
    }

    /// For how long a key with this status was not used, if it is about that.
    pub fn unused(self) -> Option<TimeDelta> {
        match self {
            Self::Active | Self::Expiring | Self::Expired | Self::Paused | Self::Leaked => None,
            Self::Unused30 => Some(TimeDelta::days(30)),
            Self::Unused90 => Some(TimeDelta::days(90)),
        }
    }
}

/// A key that expires within so long is expiring.
pub const SOON: TimeDelta = TimeDelta::days(14);

/// Which of an environment's living keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The beginning of the folded name, the mask, the id, or of a word of the note; empty: all.
    pub prefix: String,
    /// Only those with this status, at this time.
    pub status: Option<(KeyStatus, NaiveDateTime)>,
    /// In which order.
    pub sort: KeySort,
}

impl Matching {
    fn with_status(&self, status: Option<KeyStatus>) -> Self {
        Self { status: self.status.and_then(|(_, now)| Some((status?, now))), ..self.clone() }
    }

    /// Whether the indexes of what is searched are the best way to all keys that match.
    fn is_search(&self) -> bool {
        !self.prefix.is_empty() && !self.status.is_some_and(|(status, _)| status.is_indexed())
    }
}

/// A key in a list: with the name of who created it (nobody: the command line), and when it was accepted last.
pub type ListedKey = (ApiKey, Option<String>, Option<NaiveDateTime>);

/// How many living keys of a kind match.
pub fn count(connection: &mut DbConnection, environment: &EnvironmentId, kind: Kind, matching: &Matching) -> Result<i64> {
    let keys = living(environment).filter(api_keys::kind.eq(kind)).into_boxed();
    match (range(matching), matching.status) {
        (None, None) => count_all(connection, environment, kind),
        (Some(range), None) => {
            // What is looked for is mostly a name, and there may be many: those are counted in the index alone.
            let name = api_keys::name_folded.ge(range.from).and(api_keys::name_folded.lt(range.to.clone()));
            let named: i64 = keys.filter(name.clone()).count().get_result(connection)?;
            let others = api_keys::table.filter(not(name)).filter(found!(connection, environment, kind, range, range.to));
            Ok(named + others.count().get_result::<i64>(connection)?)
        }
        (None, Some((KeyStatus::Active, _))) => {
            // Every key is active, paused or expired, and those have an index.
            let mut of = |status| count(connection, environment, kind, &matching.with_status(status));
            Ok(of(None)? - of(Some(KeyStatus::Paused))? - of(Some(KeyStatus::Expired))?)
        }
        (Some(range), Some(_)) if matching.is_search() => {
            let keys = api_keys::table.filter(found!(connection, environment, kind, range, range.from)).into_boxed();
            Ok(with_status!(keys, matching).count().get_result(connection)?)
        }
        _ => Ok(with_status!(beginning!(keys, environment, matching), matching).count().get_result(connection)?),
    }
}

/// How many living keys of a kind there are.
///
/// One place where the two differ: SQLite keeps that number, because to count takes much of the time of a page.
fn count_all(connection: &mut DbConnection, environment: &EnvironmentId, kind: Kind) -> Result<i64> {
    match connection {
        DbConnection::Sqlite(connection) => {
            let kept: Vec<i64> = key_counts::table.find((environment, kind)).select(key_counts::living).load(connection)?;
            Ok(kept.into_iter().sum())
        }
        DbConnection::Postgres(connection) => Ok(living(environment).filter(api_keys::kind.eq(kind)).count().get_result(connection)?),
    }
}

/// A page of the living keys of a kind that match, in their order, when `total` match.
pub fn list(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    matching: &Matching,
    total: i64,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedKey>> {
    if offset >= total {
        return Ok(Vec::new());
    }
    // From whichever end is nearer.
    let limit = limit.min(total - offset);
    let back = total - offset - limit;
    let few = total <= FEW;
    let from_the_end = back < offset && !few;
    let offset = if from_the_end { back } else { offset };

    let table = api_keys::table.left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)));
    let keys = match range(matching).filter(|_| few && matching.is_search()) {
        Some(range) => table.filter(found!(connection, environment, kind, range, range.from)).into_boxed(),
        None => {
            let here = api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null());
            beginning!(table.filter(here.and(api_keys::kind.eq(kind))).into_boxed(), environment, matching)
        }
    };
    let keys = with_status!(keys, matching);
    let (created_at, name, id) = (api_keys::created_at, api_keys::name_folded, api_keys::id);
    // The databases do not agree where nothing stands.
    let (used, accepted_at) = (usage_latest::accepted_at.is_null(), usage_latest::accepted_at);
    let keys = match (matching.sort, from_the_end) {
        (KeySort::Newest, _) if few => keys.order(sql::<Text>(concat!(unindexed!("created_at"), " DESC, ", unindexed!("id"), " DESC"))),
        (KeySort::Newest, false) => keys.order((created_at.desc(), id.desc())),
        (KeySort::Newest, true) => keys.order((created_at.asc(), id.asc())),
        // There are no two with the same.
        (KeySort::Name, _) if few => keys.order(sql::<Text>(unindexed!("name_folded"))),
        (KeySort::Name, false) => keys.order(name.asc()),
        (KeySort::Name, true) => keys.order(name.desc()),
        (KeySort::LastUsed, false) => keys.order((used.asc(), accepted_at.desc(), created_at.desc(), id.desc())),
        (KeySort::LastUsed, true) => keys.order((used.desc(), accepted_at.asc(), created_at.asc(), id.asc())),
    };
    let mut ids: Vec<KeyId> = keys.limit(limit).offset(offset).select(api_keys::id).load(connection)?;
    if from_the_end {
        ids.reverse();
    }
    rows(connection, &ids)
}

/// These keys, in this order, but for those that were deleted this moment.
fn rows(connection: &mut DbConnection, ids: &[KeyId]) -> Result<Vec<ListedKey>> {
    let mut rows: Vec<ListedKey> = api_keys::table
        .left_join(users::table.on(api_keys::created_by.eq(users::id.nullable())))
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .filter(api_keys::id.eq_any(ids).and(api_keys::deleted_at.is_null()))
        .select((ApiKey::as_select(), users::name.nullable(), usage_latest::accepted_at.nullable()))
        .load(connection)?;
    let places: HashMap<&KeyId, usize> = ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
    rows.sort_by_key(|(key, ..)| places.get(&key.id).copied());
    Ok(rows)
}

/// The texts that begin with the prefix, as a half-open range: an index can find it, and there are
/// no wild cards to escape. Folded names and masks are compared byte by byte in both databases.
struct Range<'a> {
    from: &'a str,
    to: String,
    /// The same of ids; the end of the range, so that there is none, when it is not about them.
    id_from: String,
    /// How those are found, around the environment, the beginning and the end.
    ids: [&'static str; 3],
}

fn range(matching: &Matching) -> Option<Range<'_>> {
    let from = matching.prefix.as_str();
    if from.is_empty() {
        return None;
    }
    let to = format!("{from}{}", char::MAX);
    // Any key's id begins with `key_`: some digits have to be there, too. The first twelve are the time, and many keys
    // may have them in common, here and elsewhere; only more than those are looked for among the ids of all environments.
    let is_id = from.starts_with("key_") && from.len() >= 8;
    let ids = if is_id && from.len() < 20 {
        [
            " UNION ALL SELECT id FROM api_keys WHERE deleted_at IS NULL AND environment_id = ",
            concat!(" AND ", unindexed!("id"), " >= "),
            concat!(" AND ", unindexed!("id"), " < "),
        ]
    } else {
        [concat!(" UNION ALL SELECT id FROM api_keys WHERE ", unindexed!("environment_id"), " = "), " AND id >= ", " AND id < "]
    };
    Some(Range { from, id_from: if is_id { from.to_owned() } else { to.clone() }, to, ids })
}
