//! Table `pending_sign_ins`: browsers that gave the right password and must still give a code. Only
//! the hashes of their cookies are stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::pending_sign_ins;
use super::{DbConnection, Result, UserId};

/// Adds a pending sign-in, and removes expired ones. `generation` is that of the password that was
/// given.
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

/// The user of a pending sign-in and the generation of the password, unless it expired.
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
