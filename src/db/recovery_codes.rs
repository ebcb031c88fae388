//! Table `recovery_codes`: the recovery codes that were not used yet.

use diesel::prelude::*;

use super::schema::recovery_codes;
use super::{DbConnection, Result, UserId};

pub fn insert(connection: &mut DbConnection, user: &UserId, hash: &str) -> Result<()> {
    let row = (recovery_codes::user_id.eq(user), recovery_codes::hash.eq(hash));
    diesel::insert_into(recovery_codes::table).values(row).execute(connection)?;
    Ok(())
}

/// The hashes of a user's unused codes.
pub fn hashes(connection: &mut DbConnection, user: &UserId) -> Result<Vec<String>> {
    Ok(recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .select(recovery_codes::hash)
        .load(connection)?)
}

/// Uses a code up. If several callers try at the same time, only one gets `true`.
pub fn take(connection: &mut DbConnection, user: &UserId, hash: &str) -> Result<bool> {
    Ok(diesel::delete(recovery_codes::table.find((user, hash))).execute(connection)? == 1)
}

pub fn delete_of(connection: &mut DbConnection, user: &UserId) -> Result<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user)))
        .execute(connection)?;
    Ok(())
}
