//! Keys that were reported as leaked.

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::state::leaked;
use crate::db::schema::{api_keys, environments};
use crate::db::{DbConnection, KeyId, ProjectId, Result};

/// Marks the current value of a key as leaked, or with `former` the value before its last rotation.
pub fn mark(
    connection: &mut DbConnection,
    id: &KeyId,
    former: bool,
    now: NaiveDateTime,
) -> Result<()> {
    let key = api_keys::table.find(id);
    if former {
        diesel::update(key).set(api_keys::former_leaked_at.eq(now)).execute(connection)?;
    } else {
        diesel::update(key).set(api_keys::leaked_at.eq(now)).execute(connection)?;
    }
    Ok(())
}

/// How many leaked keys that still work, or are only paused, each environment of a project has, by
/// the environment's name.
pub fn count(
    connection: &mut DbConnection,
    project: &ProjectId,
    now: NaiveDateTime,
) -> Result<Vec<(String, i64)>> {
    Ok(api_keys::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq(project).and(environments::deleted_at.is_null()))
        .filter(leaked(now).and(api_keys::deleted_at.is_null()))
        .group_by(environments::name)
        .order(environments::name)
        .select((environments::name, count_star()))
        .load(connection)?)
}
