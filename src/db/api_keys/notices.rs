//! Keys that expire soon, for which no notice was sent yet.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::row::ApiKey;
use super::state::expires_by;
use crate::db::schema::api_keys;
use crate::db::{DbConnection, KeyId, Result};

/// The living keys that expire within that time and have had no notice, or one that was sent
/// earlier than `days` before they expire.
pub fn untold(
    connection: &mut DbConnection,
    days: i32,
    now: NaiveDateTime,
    until: NaiveDateTime,
    limit: i64,
) -> Result<Vec<ApiKey>> {
    Ok(api_keys::table
        .filter(expires_by(now, until))
        .filter(
            api_keys::deleted_at
                .is_null()
                .and(api_keys::expiry_told.is_null().or(api_keys::expiry_told.gt(days))),
        )
        .order((api_keys::expires_at, api_keys::id))
        .limit(limit)
        .select(ApiKey::as_select())
        .load(connection)?)
}

/// Notes that the notice is sent. `false`: somebody else was first.
pub fn claim(connection: &mut DbConnection, id: &KeyId, days: i32) -> Result<bool> {
    let untold = api_keys::expiry_told.is_null().or(api_keys::expiry_told.gt(days));
    let changed = diesel::update(api_keys::table.filter(api_keys::id.eq(id)).filter(untold))
        .set(api_keys::expiry_told.eq(days))
        .execute(connection)?;
    Ok(changed == 1)
}
