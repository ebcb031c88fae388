//! Ending a change whose link could not be sent.

use crate::db::{DbConnection, Result, email_changes};
use crate::domain::link_token;
use crate::domain::users::Id;

/// Ends the change whose link has this token, because nobody can follow the link. A later change
/// stays.
pub fn unsent(connection: &mut DbConnection, user: &Id, token: &str) -> Result<()> {
    let change = email_changes::find(connection, user)?;
    if change.is_some_and(|change| change.digest == link_token::digest(token)) {
        email_changes::delete(connection, user)?;
    }
    Ok(())
}
