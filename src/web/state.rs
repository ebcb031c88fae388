//! The state that all workers share.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::cookie::{Cookie, Key, SameSite};

use crate::config::Config;
use crate::db::{self, Db, DbConnection};
use crate::domain::limits::Limits;
use crate::domain::{Act, Actor, Clock, os_rng};
use crate::mail::Mailer;
use crate::web::api::verifier::{
    BrowserMarks, UntrustedGateways, WrongAddresses, counting, overdue, policies,
};
use crate::web::dashboard::credentials::passwords;
use crate::web::dashboard::http::other_address::OtherAddresses;
use crate::web::issuer_keys;

pub struct State {
    pub db: Db,
    pub clock: Clock,
    pub config: Config,
    /// Encrypts cookies. It is the same for all processes on one database.
    pub cookie_key: Key,
    pub(crate) usage: counting::Recorder,
    /// The rate limits.
    pub(super) limits: Limits,
    /// Sends mail, if a mail server and a public URL are configured.
    pub(crate) mail: Option<Mailer>,
    /// The policies of environments, for the verifier.
    pub(super) policies: policies::Policies,
    /// The keys of issuers of access tokens.
    pub(super) issuer_keys: issuer_keys::IssuerKeys,
    /// Keys that have expired, as long as that is not noted in the database.
    pub(crate) overdue: overdue::Overdue,
    /// Secret keys that are being marked as seen in a browser.
    pub(super) browser_marks: BrowserMarks,
    /// Calls that ask for unknown projects or environments.
    pub(super) wrong_addresses: WrongAddresses,
    /// Gateways that seem to be ours but are not trusted.
    pub(super) untrusted_gateways: UntrustedGateways,
    /// Forms whose origin is not the host of the request.
    pub(super) other_addresses: OtherAddresses,
    pub(super) passwords: passwords::Pool,
    /// Whether the first user exists. Once true, always true.
    pub(super) set_up: AtomicBool,
    /// Whether keys of another system were imported. Once true, always true.
    pub(super) imported: AtomicBool,
    /// Whether the server is stopping.
    pub(crate) stopping: AtomicBool,
}

impl State {
    /// The state of a server.
    ///
    /// # Errors
    /// If no thread can be started, or the options for mail are not valid.
    pub fn new(db: Db, clock: Clock, config: Config, cookie_key: Key) -> std::io::Result<Self> {
        Ok(Self {
            mail: Mailer::new(&config).map_err(std::io::Error::other)?,
            policies: policies::Policies::default(),
            issuer_keys: issuer_keys::IssuerKeys::new(config.allow_private_jwks, clock.clone()),
            overdue: overdue::Overdue::default(),
            browser_marks: BrowserMarks::default(),
            wrong_addresses: WrongAddresses::default(),
            untrusted_gateways: UntrustedGateways::default(),
            other_addresses: OtherAddresses::default(),
            db,
            usage: counting::Recorder::default(),
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

    /// Changes something as `actor`, in one transaction. Once this returns `Ok`, the change is
    /// durable.
    pub(crate) async fn change<T, E>(
        &self,
        actor: Actor,
        change: impl FnOnce(&mut DbConnection, &mut Act<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let now = self.clock.now();
        self.db.write(move |c| change(c, &mut Act::new(&actor, now, &mut os_rng()))).await
    }

    /// Like [`State::change`], for changes of very many rows.
    pub(crate) async fn change_long<T, E>(
        &self,
        actor: Actor,
        change: impl FnOnce(&mut DbConnection, &mut Act<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let now = self.clock.now();
        self.db.write_long(move |c| change(c, &mut Act::new(&actor, now, &mut os_rng()))).await
    }

    /// Whether keys of another system were imported. Such keys may have any shape.
    pub(crate) fn any_imported(&self) -> bool {
        self.imported.load(Ordering::Relaxed)
    }

    /// Notes that there are imported keys.
    pub(crate) fn note_import(&self) {
        self.imported.store(true, Ordering::Relaxed);
    }

    /// The name of a cookie. With https it has the prefix with which browsers insist on `Secure`,
    /// `Path=/` and no `Domain` (RFC 6265bis, 4.1.3.2).
    pub(super) fn cookie_name(&self, name: &str) -> String {
        if self.config.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A cookie with the attributes that all of ours have.
    pub(super) fn cookie(&self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build(self.cookie_name(name), value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.config.is_https())
            .finish()
    }
}
