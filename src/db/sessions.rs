//! Table `sessions`: who is signed in. Only the hash of a session key is stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::sessions;
use super::{DbConnection, Result, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// The state of the session, as JSON.
    pub state: String,
    /// When the user signed in, UTC.
    pub created_at: NaiveDateTime,
    /// When the last request came, to the minute, UTC.
    pub last_seen_at: NaiveDateTime,
    /// The public name of the session in the activity. It can't be used to sign in.
    pub name: String,
    /// The browser in which the session began, in words.
    pub browser: String,
    pub address: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession<'a> {
    /// SHA-256 of the session key.
    pub digest: &'a [u8],
    pub user_id: &'a UserId,
    /// The state of the session, as JSON.
    pub state: &'a str,
    pub created_at: NaiveDateTime,
    pub last_seen_at: NaiveDateTime,
    /// The public name of the session in the activity.
    pub name: &'a str,
    /// The browser, in words.
    pub browser: &'a str,
    pub address: Option<&'a str>,
}

pub fn insert(connection: &mut DbConnection, session: &NewSession<'_>) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(connection)?;
    Ok(())
}

/// The session with this digest, expired or not.
pub fn find(connection: &mut DbConnection, digest: &[u8]) -> Result<Option<Session>> {
    Ok(sessions::table.find(digest).select(Session::as_select()).first(connection).optional()?)
}

/// Replaces the state of the session.
pub fn set_state(connection: &mut DbConnection, digest: &[u8], state: &str) -> Result<()> {
    diesel::update(sessions::table.find(digest))
        .set(sessions::state.eq(state))
        .execute(connection)?;
    Ok(())
}

pub fn touch(connection: &mut DbConnection, digest: &[u8], now: NaiveDateTime) -> Result<()> {
    diesel::update(sessions::table.find(digest))
        .set(sessions::last_seen_at.eq(now))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut DbConnection, digest: &[u8]) -> Result<()> {
    diesel::delete(sessions::table.find(digest)).execute(connection)?;
    Ok(())
}

/// The sessions of a user that began and were last seen after these times, the most recent first.
pub fn list_of(
    connection: &mut DbConnection,
    user: &UserId,
    began: NaiveDateTime,
    seen: NaiveDateTime,
) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::created_at.gt(began))
        .filter(sessions::last_seen_at.gt(seen))
        .order((sessions::last_seen_at.desc(), sessions::name))
        .select(Session::as_select())
        .load(connection)?)
}

/// Ends the session with this name, and returns its browser.
pub fn delete_named(
    connection: &mut DbConnection,
    user: &UserId,
    name: &str,
) -> Result<Option<String>> {
    let this = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::name.eq(name));
    Ok(diesel::delete(this).returning(sessions::browser).get_result(connection).optional()?)
}

/// Ends all sessions of a user except one. Returns how many there were.
pub fn delete_others(connection: &mut DbConnection, user: &UserId, but: &str) -> Result<usize> {
    let others = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::name.ne(but));
    Ok(diesel::delete(others).execute(connection)?)
}

/// Ends all sessions of a user.
pub fn delete_of(connection: &mut DbConnection, user: &UserId) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(connection)?;
    Ok(())
}

/// Removes the sessions that began before `oldest`, which have expired.
pub fn delete_started_before(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::created_at.lt(oldest))).execute(connection)?;
    Ok(())
}

/// When each of these users made their last request. Users without a session are left out.
pub fn last_seen(
    connection: &mut DbConnection,
    users: &[UserId],
) -> Result<Vec<(UserId, Option<NaiveDateTime>)>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq_any(users))
        .group_by(sessions::user_id)
        .select((sessions::user_id, diesel::dsl::max(sessions::last_seen_at)))
        .load(connection)?)
}

/// Whether any session began or was last seen after `time`.
pub fn is_any_after(connection: &mut DbConnection, time: NaiveDateTime) -> Result<bool> {
    let after =
        sessions::table.filter(sessions::created_at.gt(time).or(sessions::last_seen_at.gt(time)));
    Ok(after
        .select(sessions::last_seen_at)
        .first::<NaiveDateTime>(connection)
        .optional()?
        .is_some())
}

/// Sets times that are after `time` to `now`.
pub fn pull_back(
    connection: &mut DbConnection,
    time: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::created_at.gt(time)))
        .set(sessions::created_at.eq(now))
        .execute(connection)?;
    diesel::update(sessions::table.filter(sessions::last_seen_at.gt(time)))
        .set(sessions::last_seen_at.eq(now))
        .execute(connection)?;
    Ok(())
}
