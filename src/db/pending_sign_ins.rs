//! Table `pending_sign_ins`: who gave the right password and still owes a code. Only the hash of
//! what their browser has is stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::pending_sign_ins;
use super::{DbConnection, Result, UserId};

/// Adds one, and removes those that are over. `generation` is that of the password that was right.
pub fn insert(
    connection: &mut DbConnection,
    digest: &[u8],
    user: &UserId,
    generation: i32,
    expires_at: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::delete(pending_sign_ins::table.filter(pending_sign_ins::expires_at.le(now)))
        .execute(connection)?;
    diesel::insert_into(pending_sign_ins::table)
        .values((
            pending_sign_ins::digest.eq(digest),
            pending_sign_ins::user_id.eq(user),
            pending_sign_ins::generation.eq(generation),
            pending_sign_ins::expires_at.eq(expires_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Whose it is, with the generation of the password, if it is not over.
pub fn find(
    connection: &mut DbConnection,
    digest: &[u8],
    now: NaiveDateTime,
) -> Result<Option<(UserId, i32)>> {
    let found = pending_sign_ins::table.find(digest).filter(pending_sign_ins::expires_at.gt(now));
    Ok(found
        .select((pending_sign_ins::user_id, pending_sign_ins::generation))
        .first(connection)
        .optional()?)
}

pub fn delete(connection: &mut DbConnection, digest: &[u8]) -> Result<()> {
    diesel::delete(pending_sign_ins::table.find(digest)).execute(connection)?;
    Ok(())
}
