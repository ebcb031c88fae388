//! Changes of a key between its creation and its deletion.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use super::row::ApiKey;
use super::state::expired_unnoted;
use crate::db::schema::{api_keys, key_terms, rotated_secrets, usage_latest, users};
use crate::db::transaction::savepoint;
use crate::db::{DbConnection, EnvironmentId, KeyId, Result};
use crate::model::{AddressRanges, Narrowed, RateLimit, Scopes};

/// The key with this id. Nobody else can change it until the end of the transaction. (SQLite has
/// only one writer anyway.)
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

/// Changes what narrows a key, and also when it expires if that is given; then it is not expired
/// any more, and people are told anew of its end.
pub fn restrict(
    connection: &mut DbConnection,
    id: &KeyId,
    narrowed: &Narrowed,
    expires_at: Option<Option<NaiveDateTime>>,
) -> Result<()> {
    let (rate, burst) = RateLimit::to_store(narrowed.limit);
    diesel::update(api_keys::table.find(id))
        .set((
            api_keys::scopes.eq(narrowed.scopes.as_ref().map(Scopes::as_str)),
            api_keys::address_ranges.eq(narrowed.addresses.as_ref().map(AddressRanges::as_str)),
            api_keys::rate_limit.eq(rate),
            api_keys::rate_burst.eq(burst),
        ))
        .execute(connection)?;
    if let Some(expires_at) = expires_at {
        diesel::update(api_keys::table.find(id))
            .set((
                api_keys::expires_at.eq(expires_at),
                api_keys::expired_at.eq(None::<NaiveDateTime>),
                api_keys::expiry_told.eq(None::<i32>),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Changes the note, and also the name if one is given, as it is shown and folded. If the database
/// refuses the name, the transaction can go on.
pub fn describe(
    connection: &mut DbConnection,
    id: &KeyId,
    name: Option<(&str, &str)>,
    note: &str,
) -> Result<()> {
    savepoint(connection, |connection| {
        diesel::update(api_keys::table.find(id))
            .set((
                name.map(|(shown, _)| api_keys::name.eq(shown)),
                name.map(|(_, folded)| api_keys::name_folded.eq(folded)),
                api_keys::note.eq(note),
            ))
            .execute(connection)
    })?;
    Ok(())
}

/// Gives a key a new value, which has not leaked. Until `overlap_until` the former value works,
/// too, and that one may have leaked.
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

/// Notes that the overlap is over.
pub fn clear_overlap(connection: &mut DbConnection, id: &KeyId) -> Result<()> {
    let none = None::<NaiveDateTime>;
    diesel::update(api_keys::table.find(id))
        .set((api_keys::overlap_until.eq(none), api_keys::former_leaked_at.eq(none)))
        .execute(connection)?;
    Ok(())
}

/// Whether a key or an overlap is over, or a deleted key is to be forgotten, and this has not been
/// noted yet.
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

/// Notes which keys have expired, at most this many at once, so that they stay expired. Returns how
/// many it noted.
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

/// Removes the name, the mask and the note of keys that were deleted long ago, at most this many at
/// once. Their digests, ids and times stay. Returns how many it forgot.
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

/// How many keys of an environment were deleted since `since`.
pub fn count_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
) -> Result<i64> {
    let deleted = api_keys::table
        .filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.ge(since)));
    Ok(deleted.filter(api_keys::mask.ne("")).count().get_result(connection)?)
}

/// How many keys of an environment were deleted since `since`, and refused after that and after
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

/// A page of the keys of an environment that were deleted since `since`, with the name of who
/// deleted each (`None`: the command line). Those that were refused after `lately` come first, then
/// the others; the latest first.
pub fn list_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
    lately: NaiveDateTime,
    limit: i64,
    offset: i64,
) -> Result<Vec<(ApiKey, Option<String>)>> {
    let refused = usage_latest::refused_at;
    // Null is excluded first: a comparison with it is null, too, which the databases sort
    // differently.
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
