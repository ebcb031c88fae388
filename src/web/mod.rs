//! HTTP: the dashboard's pages for people, the verifier's answers for gateways and programs.

pub mod api;
pub mod assets;
mod client;
pub(crate) mod connection;
mod csrf;
mod dashboard;
mod flash;
#[cfg(fuzzing)]
pub mod fuzzing;
mod htmx;
pub(crate) mod middleware;
mod passwords;
pub mod paths;
mod query;
pub mod routes;
mod session;

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::cookie::{Cookie, Key, SameSite};

use crate::config::Config;
use crate::db::Db;
use crate::domain::Clock;

pub use session::cookie_key;

/// For templates.
use dashboard::chrome::{Section, Theme};

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
    /// When the operating system gives no thread.
    pub fn new(db: Db, clock: Clock, config: Config, cookie_key: Key) -> std::io::Result<Self> {
        Ok(Self {
            db,
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
