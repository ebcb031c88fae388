//! Table `rotated_secrets`: values that a rotation replaced.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{api_keys, rotated_secrets};
use super::transaction::savepoint;
use super::{DbConnection, KeyId, ProjectId, Result};

/// A value that a rotation replaced.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = rotated_secrets)]
pub struct Former {
    /// `sk_0123••••••••7848`
    pub mask: String,
    pub rotated_at: NaiveDateTime,
    /// Until when the value works, UTC. It is refused from then on.
    pub valid_until: NaiveDateTime,
    /// When Keyrack noticed that the overlap was over, or when somebody ended it, UTC.
    pub ended_at: Option<NaiveDateTime>,
}

/// Keeps the current value of a key, before the key gets another one, and returns the value's
/// digest. If the form token was used before, perhaps for another key at this moment, the
/// transaction can go on.
pub fn keep(
    connection: &mut DbConnection,
    key: &KeyId,
    form_token: &str,
    now: NaiveDateTime,
    valid_until: NaiveDateTime,
) -> Result<Vec<u8>> {
    let (digest, project, mask): (Vec<u8>, ProjectId, String) = api_keys::table
        .find(key)
        .select((api_keys::digest, api_keys::project_id, api_keys::mask))
        .first(connection)?;
    let row = (
        rotated_secrets::digest.eq(&digest),
        rotated_secrets::project_id.eq(project),
        rotated_secrets::key_id.eq(key),
        rotated_secrets::mask.eq(mask),
        rotated_secrets::form_token.eq(form_token),
        rotated_secrets::rotated_at.eq(now),
        rotated_secrets::valid_until.eq(valid_until),
        rotated_secrets::ended_at.eq((valid_until <= now).then_some(now)),
    );
    savepoint(connection, |connection| {
        diesel::insert_into(rotated_secrets::table).values(row).execute(connection)
    })?;
    Ok(digest)
}

/// How often a key was rotated.
pub fn count(connection: &mut DbConnection, key: &KeyId) -> Result<i64> {
    Ok(rotated_secrets::table
        .filter(rotated_secrets::key_id.eq(key))
        .count()
        .get_result(connection)?)
}

/// The key that was rotated by the form with this one-time token.
pub fn key_of_form_token(connection: &mut DbConnection, token: &str) -> Result<Option<KeyId>> {
    let rotated = rotated_secrets::table.filter(rotated_secrets::form_token.eq(token));
    Ok(rotated.select(rotated_secrets::key_id).first(connection).optional()?)
}

/// The former value of a key that works beside the current one, unless its end has been noted.
pub fn overlapping(connection: &mut DbConnection, key: &KeyId) -> Result<Option<Former>> {
    Ok(rotated_secrets::table
        .filter(rotated_secrets::key_id.eq(key).and(rotated_secrets::ended_at.is_null()))
        .select(Former::as_select())
        .first(connection)
        .optional()?)
}

/// The digests of the former value that works beside the current one, and of the current one.
pub fn both_digests(
    connection: &mut DbConnection,
    key: &KeyId,
) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    Ok(rotated_secrets::table
        .inner_join(api_keys::table)
        .filter(rotated_secrets::key_id.eq(key).and(rotated_secrets::ended_at.is_null()))
        .select((rotated_secrets::digest, api_keys::digest))
        .first(connection)
        .optional()?)
}

/// The last few values of a key that rotations replaced, with their digests, the latest first.
pub fn latest(
    connection: &mut DbConnection,
    key: &KeyId,
    limit: i64,
) -> Result<Vec<(Vec<u8>, Former)>> {
    Ok(rotated_secrets::table
        .filter(rotated_secrets::key_id.eq(key))
        .order((rotated_secrets::rotated_at.desc(), rotated_secrets::digest))
        .limit(limit)
        .select((rotated_secrets::digest, Former::as_select()))
        .load(connection)?)
}

/// Ends the overlap of a key.
pub fn end(connection: &mut DbConnection, key: &KeyId, now: NaiveDateTime) -> Result<()> {
    diesel::update(
        rotated_secrets::table
            .filter(rotated_secrets::key_id.eq(key).and(rotated_secrets::ended_at.is_null())),
    )
    .set(rotated_secrets::ended_at.eq(now))
    .execute(connection)?;
    Ok(())
}

/// The keys whose overlap is over and that have not been noted yet, at most this many.
pub fn keys_to_end(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    limit: i64,
) -> Result<Vec<KeyId>> {
    Ok(rotated_secrets::table
        .filter(rotated_secrets::valid_until.le(now).and(rotated_secrets::ended_at.is_null()))
        .select(rotated_secrets::key_id)
        .limit(limit)
        .load(connection)?)
}
