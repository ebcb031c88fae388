//! Table `api_keys`: which living keys an environment has, a page at a time.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::api_keys::{ApiKey, living};
use super::schema::{api_keys, key_terms, usage_latest, users};
use super::{DbConnection, EnvironmentId, KeySort, KeyStatus, Kind, Result};

// For those that ask when a key was used last, and are not sorted by it.
diesel::alias!(const LATEST: Alias<Latest> = usage_latest as latest);

/// The keys of a boxed query that match: by the beginning of the folded name, the mask, the id or one of the
/// [`super::key_terms`], each of which an index finds; and by their status.
macro_rules! narrowed {
    ($keys:expr, $environment:expr, $matching:expr) => {{
        let (mut keys, matching, latest) = ($keys, $matching, LATEST);
        if let Some((from, to)) = range(matching) {
            let terms = key_terms::table
                .filter(key_terms::environment_id.eq($environment).and(key_terms::term.ge(from)).and(key_terms::term.lt(to.clone())))
                .select(key_terms::key_id);
            let name = api_keys::name_folded.ge(from).and(api_keys::name_folded.lt(to.clone()));
            let mask = api_keys::mask.ge(from).and(api_keys::mask.lt(to.clone()));
            // Any key's id begins with `key_`: some digits have to be there, too.
            let digits = if from.starts_with("key_") && from.len() >= 8 { from } else { to.as_str() };
            let id = api_keys::id.ge(digits.to_owned()).and(api_keys::id.lt(to.clone()));
            keys = keys.filter(name.or(mask).or(id).or(api_keys::id.eq_any(terms)));
        }
        match matching.status {
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
                keys = keys.filter(good.and(api_keys::leaked_at.is_not_null().or(former)));
            }
        }
        keys
    }};
}

impl KeyStatus {
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

/// How many living keys of a kind match.
pub fn count(connection: &mut DbConnection, environment: &EnvironmentId, kind: Kind, matching: &Matching) -> Result<i64> {
    let keys = living(environment).filter(api_keys::kind.eq(kind)).into_boxed();
    let keys = narrowed!(keys, environment, matching);
    Ok(keys.count().get_result(connection)?)
}

/// A page of the living keys of a kind that match, in their order, with the name of who created each
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
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .into_boxed();
    let keys = narrowed!(keys, environment, matching);
    let keys = match matching.sort {
        KeySort::Newest => keys.order((api_keys::created_at.desc(), api_keys::id.desc())),
        KeySort::Name => keys.order((api_keys::name_folded.asc(), api_keys::id.asc())),
        // The databases do not agree where nothing stands.
        KeySort::LastUsed => keys.order((
            usage_latest::accepted_at.is_null().asc(),
            usage_latest::accepted_at.desc(),
            api_keys::created_at.desc(),
            api_keys::id.desc(),
        )),
    };
    Ok(keys.limit(limit).offset(offset).select((ApiKey::as_select(), users::name.nullable())).load(connection)?)
}

/// The texts that begin with the prefix, as a half-open range: an index can find it, and there are
/// no wild cards to escape. Folded names and masks are compared byte by byte in both databases.
fn range(matching: &Matching) -> Option<(&str, String)> {
    let prefix = matching.prefix.as_str();
    (!prefix.is_empty()).then(|| (prefix, format!("{prefix}{}", char::MAX)))
}
