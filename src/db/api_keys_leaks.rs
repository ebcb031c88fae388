//! Table `api_keys`, fourth part: keys whose text got into the wrong hands.

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::schema::{api_keys, environments};
use super::{DbConnection, KeyId, ProjectId, Result};

/// Marks a key as leaked, or (`former`) the value before its last rotation.
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

/// How many leaked keys that could be used the environments of a project have, by their names.
pub fn count(
    connection: &mut DbConnection,
    project: &ProjectId,
    now: NaiveDateTime,
) -> Result<Vec<(String, i64)>> {
    // What two indexes say of their rows, word by word: without it SQLite reads the keys of all
    // projects.
    let either = api_keys::leaked_at.is_not_null().or(api_keys::former_leaked_at.is_not_null());
    let former = api_keys::former_leaked_at.is_not_null().and(api_keys::overlap_until.gt(now));
    let living = api_keys::expires_at
        .is_null()
        .or(api_keys::expires_at.gt(now))
        .and(api_keys::expired_at.is_null());
    Ok(api_keys::table
        .inner_join(environments::table)
        .filter(environments::project_id.eq(project).and(environments::deleted_at.is_null()))
        .filter(either.and(api_keys::deleted_at.is_null()))
        .filter(living)
        .filter(api_keys::leaked_at.is_not_null().or(former))
        .group_by(environments::name)
        .order(environments::name)
        .select((environments::name, count_star()))
        .load(connection)?)
}
