//! Table `setup_tokens`: links that create the first user. Only the hashes of their tokens are
//! stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::setup_tokens;
use super::{DbConnection, Result};

pub fn insert(
    connection: &mut DbConnection,
    digest: &[u8],
    expires_at: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(setup_tokens::table)
        .values((setup_tokens::digest.eq(digest), setup_tokens::expires_at.eq(expires_at)))
        .execute(connection)?;
    Ok(())
}

/// Whether this token exists and has not expired.
pub fn is_good(connection: &mut DbConnection, digest: &[u8], now: NaiveDateTime) -> Result<bool> {
    let found: Option<NaiveDateTime> = setup_tokens::table
        .find(digest)
        .select(setup_tokens::expires_at)
        .first(connection)
        .optional()?;
    Ok(found.is_some_and(|expires_at| expires_at > now))
}

pub fn delete_all(connection: &mut DbConnection) -> Result<()> {
    diesel::delete(setup_tokens::table).execute(connection)?;
    Ok(())
}
