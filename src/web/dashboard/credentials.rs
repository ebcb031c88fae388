//! Looking at a password or a code, under attack: one try of an address at a time, counted before
//! it is looked at, and hashed on threads of its own.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use zeroize::Zeroizing;

use super::Error;
use super::extract::CurrentUser;
use crate::domain::os_rng;
use crate::domain::users::sign_in::{self, Attempt, Refused};
use crate::domain::users::{self, Password, PasswordHash};
use crate::web::State;
use crate::web::http::Caller;
use crate::web::passwords::Turn;

/// What is said when the line is full.
pub(crate) const BUSY: &str =
    "Too many people are signing in at this moment. Wait a few seconds, then try again.";

/// A try that is counted, and may be looked at.
pub(crate) struct Try {
    turn: Turn,
    pub(crate) attempt: Attempt,
    /// Where it comes from, if that is known.
    pub(crate) address: Option<IpAddr>,
}

/// Why it is not even known whether it fits.
pub(crate) enum Stop {
    TooMany(TimeDelta),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany { wait } => Self::TooMany(wait),
            Refused::Db(error) => Self::Error(error.into()),
        }
    }
}

impl Try {
    /// Counts a try, unless there were too many.
    pub(crate) async fn begin(
        attempt: impl FnOnce(IpAddr) -> Attempt,
        state: &State,
        request: &HttpRequest,
    ) -> Result<Self, Stop> {
        let caller = Caller::of(request);
        let counted_as = caller.counted_as();
        // In this order: a place in the line bounds the work on the database, the look at the count
        // keeps who is refused anyway from writing, and only what is counted gets a hash.
        let turn = state.passwords.turn(sign_in::network(counted_as)).await?;
        let attempt = attempt(counted_as);
        let (checked, begun, now) = (attempt.clone(), attempt.clone(), state.clock.now());
        state.db.read(move |c| sign_in::check(c, &checked, now)).await?;
        state.db.write(move |c| sign_in::begin(c, &begun, now, &mut os_rng())).await?;
        Ok(Self { turn, attempt, address: caller.address() })
    }

    /// Hashes something.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        state: &State,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        state.passwords.run_in(&self.turn, work).await
    }

    /// Whether a password fits, and then its hash with today's parameters if those of the stored
    /// one are old. Without a hash the answer is no, after the same time.
    pub(crate) async fn password(
        &self,
        password: &str,
        hash: Option<PasswordHash>,
        state: &State,
    ) -> Result<(bool, Option<PasswordHash>), Error> {
        let password = Password::unchecked(password);
        let work = move || {
            let fits = password.fits(hash.as_ref());
            let outdated = fits && hash.is_some_and(|hash| hash.is_outdated());
            (fits, outdated.then(|| password.hash(&mut os_rng())))
        };
        self.run(state, work).await
    }
}

/// What a form says when the current password does not let it through.
pub(crate) struct Wrong {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    /// Seconds.
    pub(crate) retry_after: Option<u64>,
}

/// How long to wait, in words (`15 minutes`) and in seconds: rounded up, who waits as long as we
/// say gets in.
pub(crate) fn to_wait(wait: TimeDelta) -> (String, u64) {
    let minutes = wait.num_seconds() / 60 + 1;
    let words = format!("{minutes} minute{}", if minutes == 1 { "" } else { "s" });
    (words, u64::try_from(wait.num_seconds() + 1).unwrap_or(1))
}

/// Asks somebody who is signed in for their password once more (ASVS 5.0, 7.5.1); `work` is hashed
/// when it fits. Wrong ones count against the limits of signing in.
pub(crate) async fn confirm<T: Send + 'static>(
    password: &Zeroizing<String>,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, Wrong>, Error> {
    let wrong = |status, text: &str, retry_after| {
        Ok(Err(Wrong { status, text: text.to_owned(), retry_after }))
    };
    match fits(password, user, state, request, work).await {
        Ok(Some(done)) => Ok(Ok(done)),
        Ok(None) => {
            wrong(StatusCode::UNPROCESSABLE_ENTITY, "This is not your current password.", None)
        }
        Err(Stop::TooMany(wait)) => {
            let (wait, seconds) = to_wait(wait);
            let text = format!("Too many wrong passwords. Wait {wait}, then try again.");
            wrong(StatusCode::TOO_MANY_REQUESTS, &text, Some(seconds))
        }
        Err(Stop::Error(Error::TooManyRequests { retry_after })) => {
            wrong(StatusCode::TOO_MANY_REQUESTS, BUSY, Some(retry_after))
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

async fn fits<T: Send + 'static>(
    password: &str,
    user: &CurrentUser,
    state: &State,
    request: &HttpRequest,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Stop> {
    let one = Try::begin(|address| Attempt::new(&user.user.email, address), state, request).await?;
    let id = user.user.id.clone();
    let hash = state.db.read(move |c| users::password_hash(c, &id)).await?;
    let (fits, _) = one.password(password, hash, state).await?;
    if !fits {
        return Ok(None);
    }
    let attempt = one.attempt.clone();
    state.db.write(move |c| sign_in::succeed(c, &attempt)).await?;
    Ok(Some(one.run(state, work).await?))
}
