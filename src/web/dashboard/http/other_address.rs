//! Forms whose origin is not the host of the request. Mostly this is our own page behind a proxy
//! that does not pass on the host. No form ever works in that case, so the page and the log say
//! what to change.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::config::Config;
use crate::domain::Clock;
use crate::domain::key_shape::mask_in;

/// How often this is logged, because anybody can send such a request.
const EVERY: Duration = Duration::from_secs(60);
/// The longest origin: the longest host (RFC 1035, 2.3.4) with a scheme and a port.
const LONGEST: usize = 253 + "https://:65535".len();

/// The origin of the browser, and what the server takes for its own address.
#[derive(Debug)]
pub(crate) struct OtherAddress {
    browser: String,
    server: Server,
}

#[derive(Debug)]
enum Server {
    /// The origin of `--public-url`.
    Set(String),
    /// The host in the request.
    Asked(String),
}

impl OtherAddress {
    /// `None` if one of the two can't be shown.
    pub(crate) fn new(origin: &str, host: Option<&str>, config: &Config) -> Option<Self> {
        let is_host =
            |host: &str| Url::parse(&format!("http://{host}/")).is_ok_and(|u| u.has_host());
        let is_short = origin.len() <= LONGEST && mask_in(origin).is_none();
        let url = Url::parse(origin).ok().filter(|_| is_short)?;
        let browser = url.origin().ascii_serialization();
        if !matches!(url.scheme(), "http" | "https") || browser != origin {
            return None;
        }
        let server = match &config.public_url {
            Some(url) => Server::Set(url.origin().to_owned()),
            None => {
                let is_short = |host: &&str| host.len() <= LONGEST && mask_in(host).is_none();
                let host = host.filter(is_short).filter(|host| is_host(host))?;
                Server::Asked(host.to_owned())
            }
        };
        Some(Self { browser, server })
    }

    /// What happened, and who can fix it.
    pub(crate) fn text(&self) -> String {
        let browser = &self.browser;
        let mend = match &self.server {
            Server::Set(url) => format!(
                "You are at {browser}, but this Keyrack is set to be at {url}. Open it there, or \
                 have whoever runs it set --public-url to {browser}."
            ),
            Server::Asked(host) => format!(
                "You are at {browser}, but the server was asked as {host}. Whoever runs it must \
                 let the proxy pass on the Host header, or start Keyrack with --public-url {browser}."
            ),
        };
        format!(
            "Nothing was changed. {mend} If {browser} is not your Keyrack, another site sent this form."
        )
    }
}

/// When this was last logged, as the time since this process started.
#[derive(Default)]
pub(crate) struct OtherAddresses(Mutex<Option<Duration>>);

impl OtherAddresses {
    /// Logs both addresses, at most once a minute.
    pub(crate) fn warn(&self, clock: &Clock, addresses: &OtherAddress) {
        let now = clock.elapsed();
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|before| now.saturating_sub(before) < EVERY) {
            return;
        }
        *told = Some(now);
        let browser = addresses.browser.as_str();
        match &addresses.server {
            Server::Set(public_url) => tracing::warn!(
                browser,
                public_url,
                "a form was refused: the browser is at another address than --public-url"
            ),
            Server::Asked(host) => tracing::warn!(
                browser,
                host,
                "a form was refused: the browser is at another address than the request says; \
                 let the proxy pass on the Host header, or set --public-url"
            ),
        }
    }
}
