//! A new e-mail address, which counts once the link that was sent to it is followed by its owner:
//! so nobody signs in with an address that is mistyped, or somebody else's. One waits at a time, and
//! ends with the password with which it was asked for.

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

/// For how long a link is good.
pub const VALID_FOR: TimeDelta = TimeDelta::hours(24);

/// The change that waits for its link.
pub fn pending(
    connection: &mut DbConnection,
    user: &User,
    now: NaiveDateTime,
) -> Result<Option<EmailChange>> {
    let change = email_changes::find(connection, &user.id)?;
    Ok(change.filter(|change| change.generation == user.generation && change.expires_at > now))
}

/// The change that this link is for, if it is this user's and still good.
pub fn open(
    connection: &mut DbConnection,
    user: &User,
    token: &str,
    now: NaiveDateTime,
) -> Result<Option<EmailChange>> {
    let change = pending(connection, user, now)?;
    Ok(change.filter(|change| change.digest == link_token::digest(token)))
}
