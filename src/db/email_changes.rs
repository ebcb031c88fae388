//! Table `email_changes`: new e-mail addresses whose link was not followed yet. Only the hash of
//! the link's token is stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::email_changes;
use super::{DbConnection, Result, UserId};

/// A pending change. A user has at most one.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = email_changes)]
pub struct EmailChange {
    pub user_id: UserId,
    /// The hash of the link's token.
    pub digest: Vec<u8>,
    /// The new address as it was typed.
    pub email: String,
    /// The generation of the password when the change was asked for.
    pub generation: i32,
    pub expires_at: NaiveDateTime,
}

/// Adds a pending change, in place of an earlier one of the user.
pub fn put(connection: &mut DbConnection, change: &EmailChange) -> Result<()> {
    delete(connection, &change.user_id)?;
    diesel::insert_into(email_changes::table).values(change).execute(connection)?;
    Ok(())
}

/// The pending change of a user, valid or not.
pub fn find(connection: &mut DbConnection, user: &UserId) -> Result<Option<EmailChange>> {
    Ok(email_changes::table
        .find(user)
        .select(EmailChange::as_select())
        .first(connection)
        .optional()?)
}

/// Deletes the pending change of a user, if there is one.
pub fn delete(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    Ok(diesel::delete(email_changes::table.find(user)).execute(connection)? == 1)
}
