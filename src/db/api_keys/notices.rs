//! Which keys expire soon without their project having been told.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::row::ApiKey;
use super::state::expires_by;
use crate::db::schema::api_keys;
use crate::db::{DbConnection, KeyId, Result};

/// The living keys that expire in that time, and were told of earlier than `days` before their end
/// or not at all.
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

/// Notes that the project is told; `false` when somebody else was first.
pub fn claim(connection: &mut DbConnection, id: &KeyId, days: i32) -> Result<bool> {
    let untold = api_keys::expiry_told.is_null().or(api_keys::expiry_told.gt(days));
    let changed = diesel::update(api_keys::table.filter(api_keys::id.eq(id)).filter(untold))
        .set(api_keys::expiry_told.eq(days))
        .execute(connection)?;
    Ok(changed == 1)
}
