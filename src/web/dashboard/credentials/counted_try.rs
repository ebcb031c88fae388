//! An attempt with a password or a code, counted before it is checked.

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

/// An attempt that was counted and may be checked now.
pub(crate) struct Try {
    turn: Turn,
    pub(crate) counted: Counted,
}

impl Try {
    /// Counts an attempt to prove that somebody owns this account, unless there were too many.
    pub(crate) async fn begin(
        with: fn(&str, IpAddr, Option<BrowserToken>) -> Attempt,
        email: &str,
        visit: &Visit,
    ) -> Result<Self, Stop> {
        let address = Caller::of(&visit.request).counted_as();
        let attempt = with(email, address, KnownBrowser::of(visit).token(email));
        // The order matters. The slot in the queue limits the work for the database. The check
        // keeps those who are refused anyway from writing. Only a counted attempt is hashed.
        let turn = Self::turn(&attempt, &visit.state).await?;
        let (checked, begun, now) = (attempt.clone(), attempt, visit.clock.now());
        visit.db.read(move |c| sign_in::check(c, &checked, now)).await?;
        let counted = visit.db.write(move |c| sign_in::begin(c, begun, now, &mut os_rng())).await?;
        Ok(Self { turn, counted })
    }

    /// A slot for known browsers of the account, if this is one of them and a slot is free, or else
    /// one for its network.
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

    /// Whether the password is right. If it is, and the stored hash has old parameters, a new hash
    /// is returned, too. Without a stored hash, the answer is no after the same time.
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
