//! The cookie by which a browser is known that signed in before: sealed, with a token for each
//! account. The domain decides what a token is worth; the cookie is asked first, so that a stranger
//! costs the database nothing.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use serde::{Deserialize, Serialize};

use crate::domain::os_rng;
use crate::domain::text::fold;
use crate::domain::users::known_browsers::{self, BrowserToken, VALID_FOR};
use crate::domain::users::{self, User};
use crate::web::dashboard::http::htmx::add_cookie;
use crate::web::dashboard::http::{Error, Visit, sealed};

const NAME: &str = "keyrack-browser";
/// People who share a browser, or have more than one account; the last ones are known.
const ACCOUNTS: usize = 4;

/// What a browser has, the account that signed in last first.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct KnownBrowser(Vec<KnownAccount>);

#[derive(Serialize, Deserialize)]
struct KnownAccount {
    /// The e-mail address, folded.
    account: String,
    token: String,
}

impl KnownBrowser {
    pub(crate) fn of(visit: &Visit) -> Self {
        sealed::open(NAME, &visit.request, visit).unwrap_or_default()
    }

    /// The token for the account with this e-mail address.
    pub(crate) fn token(&self, email: &str) -> Option<BrowserToken> {
        let account = fold(email.trim());
        self.0
            .iter()
            .find(|entry| entry.account == account)
            .and_then(|entry| BrowserToken::parse(&entry.token))
    }

    /// The address of the account that signed in last.
    pub(crate) fn last(&self) -> Option<&str> {
        self.0.first().map(|entry| entry.account.as_str())
    }

    /// Puts a token first; one for a former address of the same account goes.
    fn put(&mut self, former: &str, email: &str, token: &BrowserToken) {
        let (former, account) = (fold(former), fold(email));
        self.0.retain(|entry| entry.account != former && entry.account != account);
        self.0.insert(0, KnownAccount { account, token: token.as_str().to_owned() });
        self.0.truncate(ACCOUNTS);
    }

    fn send(&self, response: &mut HttpResponse, visit: &Visit) -> Result<(), Error> {
        let max_age = Duration::seconds(VALID_FOR.num_seconds());
        add_cookie(response, &sealed::seal(NAME, self, max_age, visit))
    }
}

/// Somebody made their account in this browser.
pub(crate) async fn remember_new(
    response: &mut HttpResponse,
    id: users::Id,
    visit: &Visit,
) -> Result<(), Error> {
    match visit.db.read(move |c| users::find(c, &id)).await? {
        Some(user) => remember(response, &user, visit).await,
        None => Ok(()),
    }
}

/// Somebody signed in: this browser is known from now on. A database that can't write that down
/// keeps nobody out.
pub(crate) async fn remember(
    response: &mut HttpResponse,
    user: &User,
    visit: &Visit,
) -> Result<(), Error> {
    let mut known = KnownBrowser::of(visit);
    let (whose, former, now) = (user.clone(), known.token(&user.email), visit.clock.now());
    let remember = move |c: &mut crate::db::DbConnection| {
        known_browsers::remember(c, &whose, former.as_ref(), now, &mut os_rng())
    };
    match visit.db.write(remember).await {
        Ok(token) => {
            known.put(&user.email, &user.email, &token);
            known.send(response, visit)
        }
        Err(error) => {
            tracing::warn!(%error, "it was not noted that a browser signed in");
            Ok(())
        }
    }
}

/// The account that this browser knows by `former` has another e-mail address now.
pub(crate) fn rename(
    response: &mut HttpResponse,
    former: &str,
    email: &str,
    visit: &Visit,
) -> Result<(), Error> {
    let mut known = KnownBrowser::of(visit);
    let Some(token) = known.token(former) else { return Ok(()) };
    known.put(former, email, &token);
    known.send(response, visit)
}
