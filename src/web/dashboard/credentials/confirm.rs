//! Asks somebody who is signed in for the password once more and, if two-step sign-in is on, for a
//! code (ASVS 5.0, 7.5.1). Wrong ones count against the limits of the sign-in.

use actix_web::http::StatusCode;
use zeroize::Zeroizing;

use super::{BUSY, Stop, Try, look, to_wait, too_many_codes, wrong_code};
use crate::db::{self, DbConnection};
use crate::domain::Act;
use crate::domain::two_step::{self, Code, Confirmed, Proof, Unconfirmed};
use crate::domain::users::sign_in::{self, Attempt};
use crate::domain::users::{self, ChangeError};
use crate::web::State;
use crate::web::dashboard::http::{CurrentUser, Error, Visit};
use crate::web::mail;
use crate::web::mail::account::Notice;

const NO_CODE: &str = "Enter the six digits that your authenticator app shows, or a recovery code.";

#[derive(Debug, Clone, Copy)]
enum Credential {
    Password,
    Code,
}

/// The errors that a form shows beside its fields if the password or the code was not accepted.
pub(crate) struct Wrong {
    pub(crate) password: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) status: StatusCode,
    /// Seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Wrong {
    fn new(credential: Credential, text: &str) -> Self {
        Self::of(credential, text.to_owned(), StatusCode::UNPROCESSABLE_ENTITY, None)
    }

    fn too_many(credential: Credential, text: String, retry_after: Option<u64>) -> Self {
        Self::of(credential, text, StatusCode::TOO_MANY_REQUESTS, retry_after)
    }

    fn of(
        credential: Credential,
        text: String,
        status: StatusCode,
        retry_after: Option<u64>,
    ) -> Self {
        let (password, code) = match credential {
            Credential::Password => (Some(text), None),
            Credential::Code => (None, Some(text)),
        };
        Self { password, code, status, retry_after }
    }

    /// Also reports a missing code, so that one more attempt is enough. A code that was given is
    /// not checked: somebody without the password must not learn whether it is right.
    pub(crate) async fn and_code(
        self,
        code: &str,
        user: &CurrentUser,
        visit: &Visit,
    ) -> Result<Self, Error> {
        if Code::parse(code).is_some() || !is_on(user, visit).await? {
            return Ok(self);
        }
        Ok(Self { code: Some(NO_CODE.to_owned()), ..self })
    }

    /// The error if the password or the code was not even checked.
    fn stop(credential: Credential, stop: Stop) -> Result<Self, Error> {
        match stop {
            Stop::TooMany(wait) => {
                let (wait, seconds) = to_wait(wait);
                let text = match credential {
                    Credential::Password => {
                        format!("Too many wrong passwords. Wait {wait}, then try again.")
                    }
                    Credential::Code => {
                        format!("Too many wrong codes. Wait {wait}, then try again.")
                    }
                };
                Ok(Self::too_many(credential, text, Some(seconds)))
            }
            Stop::Error(Error::TooManyRequests { retry_after }) => {
                Ok(Self::too_many(credential, BUSY.to_owned(), Some(retry_after)))
            }
            Stop::Error(error) => Err(error),
        }
    }
}

pub(crate) struct Confirmation<T> {
    pub(crate) done: T,
}

/// Checks the password. If it is right, `work` runs on the threads for hashing.
pub(crate) async fn confirm<T: Send + 'static>(
    password: &Zeroizing<String>,
    user: &CurrentUser,
    work: impl FnOnce() -> T + Send + 'static,
    visit: &Visit,
) -> Result<Result<Confirmation<T>, Wrong>, Error> {
    match fits(password, user, work, visit).await {
        Ok(Some(done)) => Ok(Ok(Confirmation { done })),
        Ok(None) => Ok(Err(Wrong::new(Credential::Password, "This is not your current password."))),
        Err(stop) => Wrong::stop(Credential::Password, stop).map(Err),
    }
}

async fn fits<T: Send + 'static>(
    password: &str,
    user: &CurrentUser,
    work: impl FnOnce() -> T + Send + 'static,
    visit: &Visit,
) -> Result<Option<T>, Stop> {
    let one = Try::begin(Attempt::password, &user.user.email, visit).await?;
    let id = user.user.id.clone();
    let hash = visit.db.read(move |c| users::password_hash(c, &id)).await?;
    let (fits, _) = one.password(password, hash, &visit.state).await?;
    if !fits {
        return Ok(None);
    }
    let done = one.run(&visit.state, work).await?;
    visit.db.write(move |c| sign_in::succeed(c, &one.counted)).await?;
    Ok(Some(done))
}

impl<T> Confirmation<Option<T>> {
    /// The confirmation of work that returned something. `None` if it returned nothing.
    pub(crate) fn judged(self) -> Option<Confirmation<T>> {
        Some(Confirmation { done: self.done? })
    }
}

impl<T: Send + 'static> Confirmation<T> {
    /// Makes a change that also needs the code, if two-step sign-in is on. Both are in one
    /// transaction, so that a change that fails does not use the code up.
    pub(crate) async fn change<R, E>(
        self,
        code: &Zeroizing<String>,
        user: &CurrentUser,
        change: impl FnOnce(&mut DbConnection, &mut Act<'_>, &Confirmed<'_>, T) -> Result<R, E>
        + Send
        + 'static,
        visit: &Visit,
    ) -> Result<Result<Result<R, E>, Wrong>, Error>
    where
        R: Send + 'static,
        E: From<ChangeError> + From<db::Error> + Send + 'static,
    {
        let proof = match proof(code, user, visit).await? {
            Ok(proof) => proof,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let (whose, done) = (user.user.clone(), self.done);
        let confirm = move |c: &mut DbConnection, act: &mut Act<'_>| -> Result<_, E> {
            match two_step::confirm(c, &whose, proof.as_ref(), act.now)? {
                Ok(confirmed) => change(c, act, &confirmed, done).map(Ok),
                Err(missing) => Ok(Err(missing)),
            }
        };
        Ok(match visit.change(user.actor(), confirm).await {
            Ok(Ok(changed)) => Ok(Ok(changed)),
            Ok(Err(missing)) => Err(said(missing, user, &visit.state)),
            Err(error) => Ok(Err(error)),
        })
    }
}

/// Whether two-step sign-in is on.
pub(crate) async fn is_on(user: &CurrentUser, visit: &Visit) -> Result<bool, Error> {
    let id = user.user.id.clone();
    Ok(visit.db.read(move |c| two_step::is_on(c, &id)).await?)
}

/// The code, as far as it is checked before the transaction. `None` if no code is needed.
async fn proof(
    code: &str,
    user: &CurrentUser,
    visit: &Visit,
) -> Result<Result<Option<Proof>, Wrong>, Error> {
    if !is_on(user, visit).await? {
        return Ok(Ok(None));
    }
    let Some(code) = Code::parse(code) else {
        return Ok(Err(Wrong::new(Credential::Code, NO_CODE)));
    };
    match look(code, &user.user, visit).await {
        Ok(proof) => Ok(Ok(Some(proof))),
        Err(stop) => Wrong::stop(Credential::Code, stop).map(Err),
    }
}

/// The error for a code that was not accepted. It may send a notice to the owner of the account.
fn said(missing: Unconfirmed, user: &CurrentUser, state: &State) -> Wrong {
    match missing {
        Unconfirmed::CodeMissing => Wrong::new(Credential::Code, NO_CODE),
        Unconfirmed::Wrong(wrong) => {
            if let Some(alert) = wrong.alert {
                mail::account::tell(state, &user.user, Notice::Codes(alert), user.address);
            }
            Wrong::new(Credential::Code, wrong_code(wrong))
        }
        Unconfirmed::TooMany(too_many) => {
            let (text, retry_after) = too_many_codes(too_many);
            Wrong::too_many(Credential::Code, text, retry_after)
        }
    }
}
