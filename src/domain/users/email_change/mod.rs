//! A new e-mail address takes effect when its owner follows the link that was sent to it, so nobody
//! signs in with an address that is mistyped or belongs to somebody else. Only one change is
//! pending at a time, and it ends when the password is changed.

mod ask;
mod cancel;
mod confirm;
mod unsent;

use chrono::{NaiveDateTime, TimeDelta};

pub use ask::{AskError, ask};
pub use cancel::cancel;
pub use confirm::{ConfirmError, confirm};
pub use unsent::unsent;

pub use crate::db::email_changes::EmailChange;

use super::User;
use crate::db::{DbConnection, Result, email_changes};
use crate::domain::link_token;

/// How long a link is valid.
pub const VALID_FOR: TimeDelta = TimeDelta::hours(24);

/// The pending change of a user.
pub fn pending(
    connection: &mut DbConnection,
    user: &User,
    now: NaiveDateTime,
) -> Result<Option<EmailChange>> {
    let change = email_changes::find(connection, &user.id)?;
    Ok(change.filter(|change| change.generation == user.generation && change.expires_at > now))
}

/// The change that this link is for, if it is this user's and still valid.
pub fn open(
    connection: &mut DbConnection,
    user: &User,
    token: &str,
    now: NaiveDateTime,
) -> Result<Option<EmailChange>> {
    let change = pending(connection, user, now)?;
    Ok(change.filter(|change| change.digest == link_token::digest(token)))
}
