//! Table `known_browsers`: which browsers signed in to which accounts before. Only the hashes of
//! the browsers' cookies are stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{known_browsers, users};
use super::users::User;
use super::{DbConnection, Result, UserId};

/// Adds a browser that signed in with the password of this generation.
pub fn insert(
    connection: &mut DbConnection,
    digest: &[u8],
    user: &User,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(known_browsers::table)
        .values((
            known_browsers::digest.eq(digest),
            known_browsers::user_id.eq(&user.id),
            known_browsers::generation.eq(user.generation),
            known_browsers::failures.eq(0),
            known_browsers::signed_in_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// The folded e-mail address of the account to which this browser is known. It is known if it
/// signed in after `since` with the current password and has fewer failures than the limit.
pub fn account_of(
    connection: &mut DbConnection,
    digest: &[u8],
    since: NaiveDateTime,
    failures: i32,
) -> Result<Option<String>> {
    Ok(known_browsers::table
        .inner_join(users::table)
        .filter(known_browsers::digest.eq(digest))
        .filter(known_browsers::generation.eq(users::generation))
        .filter(known_browsers::signed_in_at.gt(since))
        .filter(known_browsers::failures.lt(failures))
        .select(users::email_folded)
        .first(connection)
        .optional()?)
}

/// Counts a failure of the browser, unless it has reached the limit already.
pub fn add_failure(connection: &mut DbConnection, digest: &[u8], limit: i32) -> Result<bool> {
    let fewer = known_browsers::table.find(digest).filter(known_browsers::failures.lt(limit));
    let one_more = known_browsers::failures.eq(known_browsers::failures + 1);
    Ok(diesel::update(fewer).set(one_more).execute(connection)? == 1)
}

/// Takes one failure back.
pub fn take_failure(connection: &mut DbConnection, digest: &[u8]) -> Result<()> {
    let any = known_browsers::table.find(digest).filter(known_browsers::failures.gt(0));
    let one_less = known_browsers::failures.eq(known_browsers::failures - 1);
    diesel::update(any).set(one_less).execute(connection)?;
    Ok(())
}

/// Removes a browser, if it is known to this user.
pub fn delete(connection: &mut DbConnection, digest: &[u8], user: &UserId) -> Result<()> {
    let this = known_browsers::table.find(digest).filter(known_browsers::user_id.eq(user));
    diesel::delete(this).execute(connection)?;
    Ok(())
}

/// Removes a user's browsers that are not known any more, and of the others all but the most recent
/// ones.
pub fn keep_newest(
    connection: &mut DbConnection,
    user: &User,
    since: NaiveDateTime,
    count: usize,
) -> Result<()> {
    let theirs = known_browsers::table.filter(known_browsers::user_id.eq(&user.id));
    let newest: Vec<Vec<u8>> = theirs
        .filter(known_browsers::generation.eq(user.generation))
        .filter(known_browsers::signed_in_at.gt(since))
        .order(known_browsers::signed_in_at.desc())
        .limit(i64::try_from(count).unwrap_or(i64::MAX))
        .select(known_browsers::digest)
        .load(connection)?;
    diesel::delete(theirs.filter(known_browsers::digest.ne_all(newest))).execute(connection)?;
    Ok(())
}

/// Removes all browsers of a user.
pub fn delete_of(connection: &mut DbConnection, user: &UserId) -> Result<()> {
    diesel::delete(known_browsers::table.filter(known_browsers::user_id.eq(user)))
        .execute(connection)?;
    Ok(())
}
