//! Half of a sign-in: the password was right, the code is missing. It travels in a sealed cookie. There is
//! no session yet, so there is nothing that it could open (OWASP ASVS 5.0, 6.3.3).

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, time::Duration};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::domain::users::{self, User};
use crate::web::{State, sealed};

const NAME: &str = "keyrack-two-step";
/// To find the phone in.
const VALID_FOR: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    user: String,
    /// Of the password that was right.
    generation: i32,
    /// Seconds.
    until: i64,
    /// Where to go afterwards.
    pub(super) next: String,
}

impl Pending {
    pub(super) fn new(user: &User, next: &str, now: NaiveDateTime) -> Self {
        let until = (now + VALID_FOR).and_utc().timestamp();
        Self { user: user.id.to_string(), generation: user.generation, until, next: next.to_owned() }
    }

    pub(super) fn cookie(&self, state: &State) -> Cookie<'static> {
        sealed::seal(NAME, self, Duration::seconds(VALID_FOR.num_seconds()), state)
    }

    /// The one that this browser has, if it is still good.
    pub(super) fn of(request: &HttpRequest, state: &State) -> Option<Self> {
        let pending: Self = sealed::open(NAME, request, state)?;
        let until = DateTime::from_timestamp(pending.until, 0)?.naive_utc();
        (state.clock.now() < until).then_some(pending)
    }

    /// Whose it is.
    pub(super) fn user(&self) -> Option<users::Id> {
        users::Id::parse(&self.user)
    }

    /// Whether it is of the password that this user has.
    pub(super) fn fits(&self, user: &User) -> bool {
        self.generation == user.generation
    }
}

/// The cookie that takes it away.
pub(super) fn taken(state: &State) -> Cookie<'static> {
    sealed::taken(NAME, state)
}
