//! Table `rotated_secrets`: values that a rotation replaced.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{api_keys, rotated_secrets};
use super::transaction::savepoint;
use super::{DbConnection, KeyId, ProjectId, Result};

/// A value that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = rotated_secrets)]
pub struct Former {
    /// `sk_0123••••••••7848`
    pub mask: String,
    pub rotated_at: NaiveDateTime,
    /// UTC. From then on it is refused.
    pub valid_until: NaiveDateTime,
    /// UTC. When that was noticed, or somebody ended it.
    pub ended_at: Option<NaiveDateTime>,
}

/// Keeps the value that a key has now, before it gets another one; gives its digest. The transaction
/// can go on when the token was used, perhaps for another key at the same time.
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

/// The key that the form with this one-time token rotated.
pub fn key_of_form_token(connection: &mut DbConnection, token: &str) -> Result<Option<KeyId>> {
    let rotated = rotated_secrets::table.filter(rotated_secrets::form_token.eq(token));
    Ok(rotated.select(rotated_secrets::key_id).first(connection).optional()?)
}

/// The value of a key that goes on beside the current one, as far as that was noted.
pub fn overlapping(connection: &mut DbConnection, key: &KeyId) -> Result<Option<Former>> {
    Ok(rotated_secrets::table
        .filter(rotated_secrets::key_id.eq(key).and(rotated_secrets::ended_at.is_null()))
        .select(Former::as_select())
        .first(connection)
        .optional()?)
}

/// The digest of a value that goes on beside the current one, and that of the current one.
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

/// The last few values of a key that were replaced, with their digests, the latest first.
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

/// The keys whose overlap is over without that being noted yet; so many of them.
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
