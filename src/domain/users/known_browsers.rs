//! Browsers that signed in to an account before, after OWASP's "Slow Down Online Guessing Attacks
//! with Device Cookies". Each is known to one account, by a token in a cookie, of which only the
//! hash is stored. It has its own count of failures, so nothing that strangers do elsewhere keeps
//! it out. It is not known any more when the password was changed (by its generation), after ten
//! failures since it last signed in, or when it has not signed in for half a year.

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta};
use zeroize::Zeroizing;

use super::User;
use crate::db::{DbConnection, Result, known_browsers as table};
use crate::domain::{CryptoRng, link_token};

/// How many browsers an account can have. If there are more, the most recent ones stay known.
const PLACES: usize = 10;
/// After this many failures since it last signed in, a browser is not known any more.
const FAILURES: i32 = 10;
/// How long a browser stays known without signing in.
pub const VALID_FOR: TimeDelta = TimeDelta::days(180);

/// The token by which a browser is known. It is wiped when it is dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserToken(Zeroizing<String>);

impl BrowserToken {
    /// Parses the value of the cookie.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == link_token::LENGTH).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The value of the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        link_token::digest(&self.0)
    }
}

impl fmt::Debug for BrowserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserToken(…)")
    }
}

/// Notes that somebody signed in, and returns a new token for their browser. `former` is the token
/// that the browser had.
pub fn remember(
    connection: &mut DbConnection,
    user: &User,
    former: Option<&BrowserToken>,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<BrowserToken> {
    if let Some(former) = former {
        table::delete(connection, &former.digest(), &user.id)?;
    }
    table::keep_newest(connection, user, now - VALID_FOR, PLACES - 1)?;
    let token = BrowserToken(Zeroizing::new(link_token::new(rng)));
    table::insert(connection, &token.digest(), user, now)?;
    Ok(token)
}

/// Whether a browser is known to the account with this e-mail address, in its folded form.
pub fn is_known(
    connection: &mut DbConnection,
    browser: &BrowserToken,
    email_folded: &str,
    now: NaiveDateTime,
) -> Result<bool> {
    let account = table::account_of(connection, &browser.digest(), now - VALID_FOR, FAILURES)?;
    Ok(account.is_some_and(|account| account == email_folded))
}

/// Counts a failure of a known browser, unless it has had too many. If several requests come at
/// once, exactly as many as are left are counted.
pub(in crate::domain) fn count_failure(
    connection: &mut DbConnection,
    browser: &BrowserToken,
) -> Result<bool> {
    table::add_failure(connection, &browser.digest(), FAILURES)
}

/// Takes back a failure that turned out to be none.
pub(in crate::domain) fn take_back(
    connection: &mut DbConnection,
    browser: &BrowserToken,
) -> Result<()> {
    table::take_failure(connection, &browser.digest())
}
