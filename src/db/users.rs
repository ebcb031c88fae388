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
    /// How often the password was changed, or the account disabled. Sessions and links from before
    /// that are refused by it.
    pub generation: i32,
    pub created_at: NaiveDateTime,
    /// Whether the user runs the instance.
    pub administrator: bool,
    pub disabled_at: Option<NaiveDateTime>,
    pub deleted_at: Option<NaiveDateTime>,
}

impl User {
    /// Whether the user may sign in and do anything.
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }
}

/// Whether a user may sign in and do anything, in SQL.
#[diesel::dsl::auto_type]
pub(super) fn active() -> _ {
    users::disabled_at.is_null().and(users::deleted_at.is_null())
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
    pub administrator: bool,
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

/// Whether the password is still of this generation, and the user may sign in. If so, nobody changes
/// that before the transaction ends: the row is written, because SQLite has no `FOR UPDATE`.
pub fn hold(connection: &mut DbConnection, id: &UserId, generation: i32) -> Result<bool> {
    let same = users::table.find(id).filter(users::generation.eq(generation)).filter(active());
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

/// Whether the user may sign in, and whether they run the instance.
pub fn standing(connection: &mut DbConnection, id: &UserId) -> Result<Option<(bool, bool)>> {
    let found = users::table.find(id).select(User::as_select()).first(connection).optional()?;
    Ok(found.map(|user: User| (user.is_active(), user.administrator)))
}

/// How many others may sign in and run the instance.
pub fn count_other_administrators(connection: &mut DbConnection, id: &UserId) -> Result<i64> {
    let others = users::table.filter(users::administrator.eq(true)).filter(users::id.ne(id));
    Ok(others.filter(active()).count().get_result(connection)?)
}

pub fn set_administrator(
    connection: &mut DbConnection,
    id: &UserId,
    administrator: bool,
) -> Result<()> {
    diesel::update(users::table.find(id))
        .set(users::administrator.eq(administrator))
        .execute(connection)?;
    Ok(())
}

/// Disables the account, so that what was begun with it is refused, or enables it again.
pub fn set_disabled(
    connection: &mut DbConnection,
    id: &UserId,
    at: Option<NaiveDateTime>,
) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::disabled_at.eq(at), users::generation.eq(users::generation + 1)))
        .execute(connection)?;
    Ok(())
}

/// Takes everything about the person out of the row. No address has this form, and no password this
/// hash.
pub fn erase(
    connection: &mut DbConnection,
    id: &UserId,
    name: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let gone = (
        users::name.eq(name),
        users::email.eq(""),
        users::email_folded.eq(id.as_str()),
        users::password_hash.eq(""),
        users::administrator.eq(false),
        users::deleted_at.eq(now),
        users::generation.eq(users::generation + 1),
    );
    diesel::update(users::table.find(id)).set(gone).execute(connection)?;
    Ok(())
}

/// All accounts but those that were deleted, in no order.
pub fn all(connection: &mut DbConnection) -> Result<Vec<User>> {
    let living = users::table.filter(users::deleted_at.is_null());
    Ok(living.select(User::as_select()).load(connection)?)
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
