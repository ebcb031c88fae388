//! The cookie of known browsers. It is sealed, and has a token for each account. The domain decides
//! whether a token is good. The cookie is checked first, so that strangers cost the database
//! nothing.

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
/// The number of accounts that are kept, because people share browsers or have several accounts.
/// The last ones to sign in are kept.
const ACCOUNTS: usize = 4;

/// The tokens of a browser. The account that signed in last is the first.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct KnownBrowser(Vec<KnownAccount>);

#[derive(Serialize, Deserialize)]
struct KnownAccount {
    /// The folded e-mail address.
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

    /// Puts a token first, and removes one for a former address of the same account.
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

/// Remembers the browser in which somebody made their account.
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

/// Remembers the browser in which somebody signed in. If the database can't write that, the sign-in
/// works all the same.
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

/// Changes the e-mail address of the account that this browser knows by `former`.
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
