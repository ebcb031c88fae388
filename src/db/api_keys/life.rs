//! What happens to a key between its making and its end.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use super::row::ApiKey;
use super::state::expired_unnoted;
use crate::db::schema::{api_keys, key_terms, rotated_secrets, usage_latest, users};
use crate::db::transaction::savepoint;
use crate::db::{DbConnection, EnvironmentId, KeyId, Result};

/// The key with this id, which nobody else changes until the end of the transaction. (SQLite lets
/// only one write anyway.)
pub fn hold(connection: &mut DbConnection, id: &KeyId) -> Result<Option<ApiKey>> {
    let key = api_keys::table.find(id);
    Ok(match connection {
        DbConnection::Sqlite(connection) => {
            key.select(ApiKey::as_select()).first(connection).optional()?
        }
        DbConnection::Postgres(connection) => {
            key.select(ApiKey::as_select()).for_update().first(connection).optional()?
        }
    })
}

/// Pauses a key, or resumes it.
pub fn set_paused(
    connection: &mut DbConnection,
    id: &KeyId,
    at: Option<NaiveDateTime>,
) -> Result<()> {
    diesel::update(api_keys::table.find(id)).set(api_keys::paused_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Changes name and note. The transaction can go on when the name is refused.
pub fn describe(
    connection: &mut DbConnection,
    id: &KeyId,
    name: &str,
    name_folded: &str,
    note: &str,
) -> Result<()> {
    savepoint(connection, |connection| {
        diesel::update(api_keys::table.find(id))
            .set((
                api_keys::name.eq(name),
                api_keys::name_folded.eq(name_folded),
                api_keys::note.eq(note),
            ))
            .execute(connection)
    })?;
    Ok(())
}

/// Gives a key another value, which has not leaked; until `overlap_until` the one before works,
/// too, and may have.
pub fn set_value(
    connection: &mut DbConnection,
    id: &KeyId,
    mask: &str,
    digest: &[u8],
    overlap_until: Option<NaiveDateTime>,
    former_leaked_at: Option<NaiveDateTime>,
) -> Result<()> {
    diesel::update(api_keys::table.find(id))
        .set((
            api_keys::mask.eq(mask),
            api_keys::digest.eq(digest),
            api_keys::overlap_until.eq(overlap_until),
            api_keys::leaked_at.eq(None::<NaiveDateTime>),
            api_keys::former_leaked_at.eq(former_leaked_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// There is no overlap any more.
pub fn clear_overlap(connection: &mut DbConnection, id: &KeyId) -> Result<()> {
    let none = None::<NaiveDateTime>;
    diesel::update(api_keys::table.find(id))
        .set((api_keys::overlap_until.eq(none), api_keys::former_leaked_at.eq(none)))
        .execute(connection)?;
    Ok(())
}

/// Whether a key or an overlap has come to its end, or a deleted key is to be forgotten, without
/// that being noted yet.
pub fn is_anything_due(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    deleted_before: NaiveDateTime,
) -> Result<bool> {
    let expire = api_keys::table.filter(expired_unnoted(now));
    let forget =
        api_keys::table.filter(api_keys::deleted_at.lt(deleted_before).and(api_keys::mask.ne("")));
    let end = rotated_secrets::table
        .filter(rotated_secrets::valid_until.le(now).and(rotated_secrets::ended_at.is_null()));
    Ok(expire.select(api_keys::id).first::<KeyId>(connection).optional()?.is_some()
        || forget.select(api_keys::id).first::<KeyId>(connection).optional()?.is_some()
        || end.select(rotated_secrets::key_id).first::<KeyId>(connection).optional()?.is_some())
}

/// Notes for good which keys have expired; of this many at once. Gives of how many.
pub fn mark_expired(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    at_once: i64,
) -> Result<usize> {
    let expired = api_keys::table.filter(expired_unnoted(now));
    let ids: Vec<KeyId> = expired.select(api_keys::id).limit(at_once).load(connection)?;
    Ok(diesel::update(api_keys::table.filter(api_keys::id.eq_any(&ids)))
        .set(api_keys::expired_at.eq(now))
        .execute(connection)?)
}

/// Drops what people knew a deleted key by; its digest, ids and times stay. Of this many at once;
/// gives of how many.
pub fn forget_deleted(
    connection: &mut DbConnection,
    before: NaiveDateTime,
    at_once: i64,
) -> Result<usize> {
    let old = api_keys::table.filter(api_keys::deleted_at.lt(before).and(api_keys::mask.ne("")));
    let ids: Vec<KeyId> = old.select(api_keys::id).limit(at_once).load(connection)?;
    diesel::delete(key_terms::table.filter(key_terms::key_id.eq_any(&ids))).execute(connection)?;
    diesel::update(rotated_secrets::table.filter(rotated_secrets::key_id.eq_any(&ids)))
        .set(rotated_secrets::mask.eq(""))
        .execute(connection)?;
    diesel::update(api_keys::table.filter(api_keys::id.eq_any(&ids)))
        .set((
            api_keys::name.eq(""),
            api_keys::name_folded.eq(""),
            api_keys::mask.eq(""),
            api_keys::note.eq(""),
        ))
        .execute(connection)?;
    Ok(ids.len())
}

/// How many keys of an environment were deleted since then.
pub fn count_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
) -> Result<i64> {
    let deleted = api_keys::table
        .filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.ge(since)));
    Ok(deleted.filter(api_keys::mask.ne("")).count().get_result(connection)?)
}

/// How many keys of an environment that were deleted since then were refused after it, and after
/// `lately`.
pub fn count_still_called(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
    lately: NaiveDateTime,
) -> Result<i64> {
    let still = usage_latest::refused_at
        .ge(lately.into_sql::<Nullable<Timestamp>>())
        .and(usage_latest::refused_at.ge(api_keys::deleted_at));
    Ok(api_keys::table
        .inner_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .filter(
            api_keys::environment_id
                .eq(environment)
                .and(api_keys::deleted_at.ge(since))
                .and(api_keys::mask.ne("")),
        )
        .filter(still)
        .count()
        .get_result(connection)?)
}

/// A page of the keys of an environment that were deleted since then, with the name of who deleted
/// each (nobody: the command line): first those that were refused after `lately`, then the latest.
pub fn list_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
    lately: NaiveDateTime,
    limit: i64,
    offset: i64,
) -> Result<Vec<(ApiKey, Option<String>)>> {
    let refused = usage_latest::refused_at;
    // Nothing is compared with nothing: the databases would not agree where that stands.
    let still = refused
        .is_not_null()
        .and(refused.ge(lately.into_sql::<Nullable<Timestamp>>()))
        .and(refused.ge(api_keys::deleted_at));
    Ok(api_keys::table
        .left_join(usage_latest::table.on(usage_latest::key_id.eq(api_keys::id)))
        .left_join(users::table.on(api_keys::deleted_by.eq(users::id.nullable())))
        .filter(
            api_keys::environment_id
                .eq(environment)
                .and(api_keys::deleted_at.ge(since))
                .and(api_keys::mask.ne("")),
        )
        .order((still.desc(), api_keys::deleted_at.desc(), api_keys::id.desc()))
        .limit(limit)
        .offset(offset)
        .select((ApiKey::as_select(), users::name.nullable()))
        .load(connection)?)
}
