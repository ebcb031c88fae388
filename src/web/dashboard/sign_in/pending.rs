//! The sealed cookie that a browser keeps between the password and the code.

use actix_web::cookie::{Cookie, time::Duration};
use serde::{Deserialize, Serialize};

use crate::db::DbConnection;
use crate::domain::two_step::{self, PendingSignIn, VALID_FOR};
use crate::web::State;
use crate::web::dashboard::http::{Error, Visit, sealed};

const NAME: &str = "keyrack-two-step";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The token that proves that the password was right.
    pub(super) token: String,
    pub(super) next: String,
}

impl Pending {
    pub(super) fn cookie(&self, state: &State) -> Cookie<'static> {
        sealed::seal(NAME, self, Duration::seconds(VALID_FOR.num_seconds()), state)
    }

    /// The content of this browser's cookie, which may no longer be good.
    pub(super) fn of(visit: &Visit) -> Option<Self> {
        sealed::open(NAME, &visit.request, visit)
    }

    /// The sign-in that it belongs to, if that is still good.
    pub(super) async fn begun(&self, state: &State) -> Result<Option<PendingSignIn>, Error> {
        let (token, now) = (self.token.clone(), state.clock.now());
        state.db.read(move |c: &mut DbConnection| Ok(two_step::pending(c, &token, now)?)).await
    }
}

/// A cookie that makes the browser remove it.
pub(super) fn taken(state: &State) -> Cookie<'static> {
    sealed::taken(NAME, state)
}
