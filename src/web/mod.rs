//! HTTP: the dashboard's pages for people, the verifier's answers for gateways and programs.

mod account_mail;
pub(crate) mod api;
pub mod assets;
mod body;
pub(crate) mod connection;
mod csrf;
mod dashboard;
mod flash;
#[cfg(fuzzing)]
pub mod fuzzing;
mod htmx;
mod http;
mod issuer_keys;
mod known_browser;
pub(crate) mod middleware;
pub(crate) mod notices;
mod passwords;
pub(crate) mod past;
pub(crate) mod paths;
mod policies;
mod query;
pub(crate) mod routes;
mod sealed;
mod session;
pub(crate) mod usage;

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, Key, SameSite};
use actix_web::web::Data;

use crate::config::Config;
use crate::db::Db;
use crate::domain::Clock;
use crate::domain::limits::Limits;
use crate::mail::Mailer;

pub use session::cookie_key;

/// For templates.
use dashboard::chrome::{Section, Theme, initials};
use dashboard::views::{about_role, number};

/// What all workers share.
pub struct State {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The options.
    pub config: Config,
    /// Seals cookies; the same for all processes on one database.
    pub cookie_key: Key,
    /// What was counted.
    pub(crate) usage: usage::Recorder,
    /// How often keys may be used.
    limits: Limits,
    /// Sends mail, if a mail server and a public URL are configured.
    pub(crate) mail: Option<Mailer>,
    /// The policies of environments, for the verifier.
    policies: policies::Policies,
    /// The keys of issuers of access tokens.
    issuer_keys: issuer_keys::IssuerKeys,
    /// What is over, and not noted yet.
    pub(crate) past: past::Past,
    /// Secret keys that are being marked as seen in a browser.
    browser_marks: api::BrowserMarks,
    /// Calls for what is not there.
    wrong_addresses: api::WrongAddresses,
    /// Gateways that are not trusted, though they seem to be ours.
    untrusted_gateways: api::UntrustedGateways,
    /// Where passwords are hashed.
    passwords: passwords::Pool,
    /// Whether the first user exists. Once true, always true.
    set_up: AtomicBool,
    /// Whether keys of another system were imported. Once true, always true.
    imported: AtomicBool,
    /// Whether the server is about to stop.
    pub(crate) stopping: AtomicBool,
}

impl State {
    /// The state of a server.
    ///
    /// # Errors
    /// When the operating system gives no thread, or the options for mail make no sense.
    pub fn new(db: Db, clock: Clock, config: Config, cookie_key: Key) -> std::io::Result<Self> {
        Ok(Self {
            mail: Mailer::new(&config).map_err(std::io::Error::other)?,
            policies: policies::Policies::default(),
            issuer_keys: issuer_keys::IssuerKeys::new(config.allow_private_jwks, clock.clone()),
            past: past::Past::default(),
            browser_marks: api::BrowserMarks::default(),
            wrong_addresses: api::WrongAddresses::default(),
            untrusted_gateways: api::UntrustedGateways::default(),
            db,
            usage: usage::Recorder::default(),
            limits: Limits::new(clock.clone()),
            clock,
            config,
            cookie_key,
            passwords: passwords::Pool::start()?,
            set_up: AtomicBool::new(false),
            imported: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        })
    }

    /// Whether keys of another system were imported: then keys have any shape.
    pub(crate) fn any_imported(&self) -> bool {
        self.imported.load(Ordering::Relaxed)
    }

    /// Notes that there are imported keys.
    pub(crate) fn note_import(&self) {
        self.imported.store(true, Ordering::Relaxed);
    }

    /// The name of a cookie: with https the prefix makes browsers insist on Secure, Path=/ and no
    /// Domain (RFC 6265bis, 4.1.3.2).
    fn cookie_name(&self, name: &str) -> String {
        if self.config.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A cookie with the attributes that all of ours have.
    fn cookie(&self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build(self.cookie_name(name), value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.config.is_https())
            .finish()
    }
}

/// What the cookie of ours with this name says, if it came with the request.
fn cookie_of(request: &HttpRequest, name: &str) -> Option<String> {
    let name = request.app_data::<Data<State>>()?.cookie_name(name);
    request.cookie(&name).map(|cookie| cookie.value().to_owned())
}
