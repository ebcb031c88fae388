//! Half of a sign-in: the password was right, the code is missing. It travels in a sealed cookie. There is
//! no session yet, so there is nothing that it could open (OWASP ASVS 5.0, 6.3.3).

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, time::Duration};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::domain::users::{self, User};
use crate::web::State;

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
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut jar = CookieJar::new();
        let mut cookie = state.cookie(NAME, json);
        cookie.set_max_age(Duration::seconds(VALID_FOR.num_seconds()));
        let name = cookie.name().to_owned();
        jar.private_mut(&state.cookie_key).add(cookie);
        jar.get(&name).cloned().unwrap_or_else(|| taken(state))
    }

    /// The one that this browser has, if it is still good.
    pub(super) fn of(request: &HttpRequest, state: &State) -> Option<Self> {
        let cookie = request.cookie(&state.cookie_name(NAME))?;
        let mut jar = CookieJar::new();
        let name = cookie.name().to_owned();
        jar.add_original(cookie);
        let opened = jar.private(&state.cookie_key).get(&name)?;
        let pending: Self = serde_json::from_str(opened.value()).ok()?;
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
    let mut cookie = state.cookie(NAME, String::new());
    cookie.make_removal();
    cookie
}
