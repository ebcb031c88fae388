//! Asking for another e-mail address.

use chrono::TimeDelta;

use super::{EmailChange, VALID_FOR};
use crate::db::{self, DbConnection, email_changes, users};
use crate::domain::activity::{self, Action, Event};
use crate::domain::two_step::Confirmed;
use crate::domain::users::{ChangeError, Email};
use crate::domain::{Act, link_token};

/// How many links a user may have sent in an hour: they are mail to people who may not have asked
/// for it (OWASP ASVS 5.0, 2.4.1).
const IN_AN_HOUR: i64 = 10;

/// Why no link was made.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It is the current address.
    #[error("This is your e-mail address already.")]
    Same,
    #[error("You asked for {IN_AN_HOUR} links within an hour. Try again later.")]
    TooMany,
    /// One of the reasons that stop every change of an account.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<db::Error> for AskError {
    fn from(error: db::Error) -> Self {
        Self::Change(error.into())
    }
}

/// Notes the address, and returns the token for the link to it. Earlier links do not work any more.
pub fn ask(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
    email: &Email,
) -> Result<String, AskError> {
    let user = confirmed.user();
    if email.as_str() == user.email {
        return Err(AskError::Same);
    }
    let other = users::find_by_email(connection, email.folded())?;
    if other.is_some_and(|(other, _)| other.id != user.id) {
        return Err(ChangeError::EmailTaken.into());
    }
    let hour = act.now - TimeDelta::hours(1);
    if activity::count_of_account(connection, &user.id, Action::UserEmailAsked, hour)? >= IN_AN_HOUR
    {
        return Err(AskError::TooMany);
    }
    let token = link_token::new(act.rng());
    let change = EmailChange {
        user_id: user.id.clone(),
        digest: link_token::digest(&token).to_vec(),
        email: email.as_str().to_owned(),
        generation: user.generation,
        expires_at: act.now + VALID_FOR,
    };
    email_changes::put(connection, &change)?;
    let detail = format!("{} to {}", user.email, email.as_str());
    let event = Event::user(Action::UserEmailAsked, user).detail(&detail);
    activity::record(connection, act, &event)?;
    Ok(token)
}
