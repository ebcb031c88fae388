//! What a browser keeps between the password and the code, in a sealed cookie.

use actix_web::cookie::{Cookie, time::Duration};
use serde::{Deserialize, Serialize};

use crate::db::DbConnection;
use crate::domain::two_step::{self, PendingSignIn, VALID_FOR};
use crate::web::State;
use crate::web::dashboard::http::{Error, Visit, sealed};

const NAME: &str = "keyrack-two-step";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Of whoever gave the right password.
    pub(super) token: String,
    pub(super) next: String,
}

impl Pending {
    pub(super) fn cookie(&self, state: &State) -> Cookie<'static> {
        sealed::seal(NAME, self, Duration::seconds(VALID_FOR.num_seconds()), state)
    }

    /// The one that this browser has, good or not.
    pub(super) fn of(visit: &Visit) -> Option<Self> {
        sealed::open(NAME, &visit.request, visit)
    }

    /// Whose it is, if it is still good.
    pub(super) async fn begun(&self, state: &State) -> Result<Option<PendingSignIn>, Error> {
        let (token, now) = (self.token.clone(), state.clock.now());
        state.db.read(move |c: &mut DbConnection| Ok(two_step::pending(c, &token, now)?)).await
    }
}

/// The cookie that takes it away.
pub(super) fn taken(state: &State) -> Cookie<'static> {
    sealed::taken(NAME, state)
}
