//! A try that is counted.

use std::net::IpAddr;

use super::Stop;
use crate::domain::os_rng;
use crate::domain::users::known_browsers::BrowserToken;
use crate::domain::users::sign_in::{self, Attempt, Counted};
use crate::domain::users::{Password, PasswordHash};
use crate::web::State;
use crate::web::dashboard::credentials::passwords::Turn;
use crate::web::dashboard::http::known_browser::KnownBrowser;
use crate::web::dashboard::http::{Error, Visit};
use crate::web::http::Caller;

/// A try that is counted, and may be looked at.
pub(crate) struct Try {
    turn: Turn,
    pub(crate) counted: Counted,
}

impl Try {
    /// Counts a try to prove that one has this account, unless there were too many.
    pub(crate) async fn begin(
        with: fn(&str, IpAddr, Option<BrowserToken>) -> Attempt,
        email: &str,
        visit: &Visit,
    ) -> Result<Self, Stop> {
        let address = Caller::of(&visit.request).counted_as();
        let attempt = with(email, address, KnownBrowser::of(visit).token(email));
        // In this order: a slot in the queue bounds the work on the database, the look at the count
        // keeps who is refused anyway from writing, and only what is counted gets a hash.
        let turn = Self::turn(&attempt, &visit.state).await?;
        let (checked, begun, now) = (attempt.clone(), attempt, visit.clock.now());
        visit.db.read(move |c| sign_in::check(c, &checked, now)).await?;
        let counted = visit.db.write(move |c| sign_in::begin(c, begun, now, &mut os_rng())).await?;
        Ok(Self { turn, counted })
    }

    /// A slot for known browsers of the account, if that is what asks and there is one, or for its
    /// network.
    async fn turn(attempt: &Attempt, state: &State) -> Result<Turn, Error> {
        if attempt.has_token()
            && let Ok(turn) = state.passwords.turn_of_known(attempt.account()).await
        {
            let (asks, now) = (attempt.clone(), state.clock.now());
            if state.db.read(move |c| asks.is_known(c, now)).await? {
                return Ok(turn);
            }
        }
        state.passwords.turn(attempt.address()).await
    }

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
