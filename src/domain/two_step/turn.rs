//! Turning two-step sign-in on and off, and making new recovery codes. Each takes the current
//! password, which is checked before the transaction, and a code if two-step sign-in is on (OWASP
//! ASVS 5.0, 7.5.1).

use super::{Confirmed, Secret};
use crate::db::{self, DbConnection, recovery_codes, two_step};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, ChangeError, PasswordHash, User};

#[derive(Debug, thiserror::Error)]
pub enum TwoStepError {
    /// The password was changed meanwhile, which ended the session that asks.
    #[error("the password was changed meanwhile")]
    Outdated,
    #[error("two-step sign-in is on already")]
    On,
    #[error("two-step sign-in is off")]
    Off,
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<ChangeError> for TwoStepError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Outdated | ChangeError::EmailTaken => Self::Outdated,
            ChangeError::Db(error) => Self::Db(error),
        }
    }
}

/// Turns two-step sign-in on. `step` is the time step of the first code, which this uses up.
pub fn turn_on(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    user: &User,
    secret: &Secret,
    step: i64,
    codes: &[PasswordHash],
) -> Result<(), TwoStepError> {
    users::hold(connection, user)?;
    match two_step::insert(connection, &user.id, secret.bytes(), step, act.now) {
        Err(db::Error::Conflict(_)) => return Err(TwoStepError::On),
        result => result?,
    }
    for code in codes {
        recovery_codes::insert(connection, &user.id, code.as_str())?;
    }
    activity::record(connection, act, &Event::user(Action::UserTwoStepOn, user))?;
    Ok(())
}

pub fn turn_off(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
) -> Result<(), TwoStepError> {
    let user = confirmed.user();
    if !two_step::delete(connection, &user.id)? {
        return Err(TwoStepError::Off);
    }
    activity::record(connection, act, &Event::user(Action::UserTwoStepOff, user))?;
    Ok(())
}

/// Makes new recovery codes. The old ones do not work any more.
pub fn renew_codes(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    confirmed: &Confirmed<'_>,
    codes: &[PasswordHash],
) -> Result<(), TwoStepError> {
    let user = confirmed.user();
    if two_step::find(connection, &user.id)?.is_none() {
        return Err(TwoStepError::Off);
    }
    recovery_codes::delete_of(connection, &user.id)?;
    for code in codes {
        recovery_codes::insert(connection, &user.id, code.as_str())?;
    }
    activity::record(connection, act, &Event::user(Action::UserRecoveryCodes, user))?;
    Ok(())
}
