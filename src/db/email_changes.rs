//! Table `email_changes`: new e-mail addresses that wait for their link to be followed. Only the
//! hash of its token is stored.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::email_changes;
use super::{DbConnection, Result, UserId};

/// A change that waits: one of a user.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = email_changes)]
pub struct EmailChange {
    pub user_id: UserId,
    /// The hash of the link's token.
    pub digest: Vec<u8>,
    /// The new address, as it was typed.
    pub email: String,
    /// Of the password with which it was asked for.
    pub generation: i32,
    pub expires_at: NaiveDateTime,
}

/// Puts one in the place of the user's earlier one.
pub fn put(connection: &mut DbConnection, change: &EmailChange) -> Result<()> {
    delete(connection, &change.user_id)?;
    diesel::insert_into(email_changes::table).values(change).execute(connection)?;
    Ok(())
}

/// The one of a user, good or not.
pub fn find(connection: &mut DbConnection, user: &UserId) -> Result<Option<EmailChange>> {
    Ok(email_changes::table
        .find(user)
        .select(EmailChange::as_select())
        .first(connection)
        .optional()?)
}

/// Ends the one of a user, if there is one.
pub fn delete(connection: &mut DbConnection, user: &UserId) -> Result<bool> {
    Ok(diesel::delete(email_changes::table.find(user)).execute(connection)? == 1)
}
