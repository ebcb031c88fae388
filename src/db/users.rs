//! Table `users`: people with an account.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::international::is_international;
use super::schema::users;
use super::{DbConnection, Result, UserId};

/// A person who signs in.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// `usr_…`
    pub id: UserId,
    /// The e-mail address as people see it.
    pub email: String,
    pub name: String,
    /// How often the password was changed. Sessions and links from before a change are refused by
    /// it.
    pub generation: i32,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// `usr_…`
    pub id: &'a UserId,
    /// The e-mail address as people see it.
    pub email: &'a str,
    /// The e-mail address as it is compared; unique.
    pub email_folded: &'a str,
    pub name: &'a str,
    /// A PHC string, see `domain/users/password_hash.rs`.
    pub password_hash: &'a str,
    pub created_at: NaiveDateTime,
}

pub fn insert(connection: &mut DbConnection, user: &NewUser<'_>) -> Result<()> {
    diesel::insert_into(users::table).values(user).execute(connection)?;
    Ok(())
}

/// Whether any user exists yet.
pub fn any(connection: &mut DbConnection) -> Result<bool> {
    Ok(users::table.select(users::id).limit(1).first::<UserId>(connection).optional()?.is_some())
}

/// The user with this id.
pub fn find(connection: &mut DbConnection, id: &UserId) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(connection).optional()?)
}

/// The name of this user. Without an id it was the command line, which has no name.
pub fn name_of(connection: &mut DbConnection, id: Option<&UserId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(users::table.find(id).select(users::name).first(connection).optional()?)
}

/// The user with this e-mail address, and the hash of their password.
pub fn find_by_email(
    connection: &mut DbConnection,
    email_folded: &str,
) -> Result<Option<(User, String)>> {
    Ok(users::table
        .filter(users::email_folded.eq(email_folded))
        .select((User::as_select(), users::password_hash))
        .first(connection)
        .optional()?)
}

/// The hash of a user's password.
pub fn password_hash(connection: &mut DbConnection, id: &UserId) -> Result<Option<String>> {
    Ok(users::table.find(id).select(users::password_hash).first(connection).optional()?)
}

/// Whether the password is still of this generation. If so, nobody changes it before the
/// transaction ends: the row is written, because SQLite has no `FOR UPDATE`.
pub fn hold(connection: &mut DbConnection, id: &UserId, generation: i32) -> Result<bool> {
    let same = users::table.find(id).filter(users::generation.eq(generation));
    Ok(diesel::update(same).set(users::generation.eq(generation)).execute(connection)? == 1)
}

/// Stores the same password hashed with other parameters.
pub fn renew_password_hash(connection: &mut DbConnection, id: &UserId, hash: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(connection)?;
    Ok(())
}

pub fn set_password_hash(connection: &mut DbConnection, id: &UserId, hash: &str) -> Result<()> {
    let next = (users::password_hash.eq(hash), users::generation.eq(users::generation + 1));
    diesel::update(users::table.find(id)).set(next).execute(connection)?;
    Ok(())
}

pub fn set_name(connection: &mut DbConnection, id: &UserId, name: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::name.eq(name)).execute(connection)?;
    Ok(())
}

pub fn set_email(
    connection: &mut DbConnection,
    id: &UserId,
    email: &str,
    folded: &str,
) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::email.eq(email), users::email_folded.eq(folded)))
        .execute(connection)?;
    Ok(())
}

/// The users whose address is not plain ASCII, or has a domain that stands for one that is not, with
/// what it is compared by.
pub fn with_international_email(connection: &mut DbConnection) -> Result<Vec<(User, String)>> {
    let international = is_international(connection, "email", "email_folded");
    Ok(users::table
        .filter(international)
        .order(users::id)
        .select((User::as_select(), users::email_folded))
        .load(connection)?)
}
