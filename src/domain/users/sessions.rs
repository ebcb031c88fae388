//! The sessions of a user, and ending them. (A session begins in `web/dashboard/http/session.rs`.)

use super::User;
use crate::db::{DbConnection, Result, sessions};
use crate::domain::activity::{self, Action, Event};
use crate::domain::key_shape::is_hex;
use crate::domain::{Act, CryptoRng};

pub use crate::db::sessions::{Session, list_of as sessions};

/// The public name of a session in the activity: 16 hex digits. It can't be used to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionName(String);

impl SessionName {
    /// A name for a new session.
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        let mut name = [0; 8];
        rng.fill_bytes(&mut name);
        Self(hex::encode(name))
    }

    /// Parses a name.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 16 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ends the session that asks.
pub fn sign_out(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    name: &str,
) -> Result<()> {
    if sessions::delete_named(connection, &user.id, name)?.is_none() {
        // Somebody else has just ended it, which the activity says.
        return Ok(());
    }
    activity::record(connection, act, &Event::user(Action::UserSignedOut, user))
}

/// Ends the session with this name, and returns its browser. `None`: it had ended already.
pub fn end_session(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    name: &SessionName,
) -> Result<Option<String>> {
    let Some(browser) = sessions::delete_named(connection, &user.id, name.as_str())? else {
        return Ok(None);
    };
    activity::record(
        connection,
        act,
        &Event::user(Action::UserSessionEnded, user).detail(&browser),
    )?;
    Ok(Some(browser))
}

/// Ends all sessions except the one with this name. Returns how many there were.
pub fn end_other_sessions(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    but: &str,
) -> Result<usize> {
    let ended = sessions::delete_others(connection, &user.id, but)?;
    if ended > 0 {
        let detail = format!("all others, {ended} in number");
        activity::record(
            connection,
            act,
            &Event::user(Action::UserSessionEnded, user).detail(&detail),
        )?;
    }
    Ok(ended)
}
