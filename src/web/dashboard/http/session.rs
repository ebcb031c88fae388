//! Sessions: actix-session with our own store, so that signing out ends a session on the server.
//! The database has only a hash of each session key.

use std::collections::HashMap;
use std::net::IpAddr;

use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::{
    LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key,
};
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use actix_web::{HttpRequest, web};
use chrono::{NaiveDateTime, TimeDelta};
use sha2::{Digest, Sha256};

use crate::db::{self, Db, sessions};
use crate::domain::{Actor, Clock, CryptoRng, users};
use crate::web::State;
use crate::web::dashboard::http::Error;
use crate::web::http::{Caller, browser};

/// A session ends after this time without a request (ASVS 5.0, 7.3.1).
const IDLE: TimeDelta = TimeDelta::hours(12);
/// A session ends after this time in any case (ASVS 5.0, 7.3.2).
const ABSOLUTE: TimeDelta = TimeDelta::days(7);
/// How precisely the time of the last request is kept, so that requests cause at most one write a
/// minute.
const SEEN: TimeDelta = TimeDelta::minutes(1);

/// The cookie with the key of the session.
pub(crate) const COOKIE: &str = "keyrack";

const USER: &str = "user";
const CSRF: &str = "csrf";
const NAME: &str = "name";
const GENERATION: &str = "generation";
const BROWSER: &str = "browser";
const ADDRESS: &str = "address";

/// The session middleware of the dashboard.
pub(crate) fn middleware(state: &State) -> SessionMiddleware<Store> {
    let store = Store { db: state.db.clone(), clock: state.clock.clone() };
    SessionMiddleware::builder(store, state.cookie_key.clone())
        .cookie_name(state.cookie_name(COOKIE))
        .cookie_secure(state.config.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(
            PersistentSession::default().session_ttl(Duration::seconds(ABSOLUTE.num_seconds())),
        )
        .build()
}

/// The key that encrypts and signs cookies. The first process makes it, and all processes share it
/// in the database.
///
/// # Errors
/// If the database fails.
pub fn cookie_key(connection: &mut db::DbConnection, rng: &mut impl CryptoRng) -> db::Result<Key> {
    let mut fresh = [0; 64];
    rng.fill_bytes(&mut fresh);
    Ok(Key::from(&db::settings::get_or_insert(connection, "cookie_key", &fresh)?))
}

/// The user who is signed in, as the session has it.
pub(crate) struct SignedIn {
    pub(crate) user: users::Id,
    /// The token for the forms of this session.
    pub(crate) csrf: String,
    /// The name of the session in the activity. Nobody can sign in with it.
    pub(crate) name: String,
    /// The generation of the password that the session began with.
    pub(crate) generation: i32,
}

pub(crate) fn signed_in(session: &Session) -> Option<SignedIn> {
    let text = |key| session.get::<String>(key).ok().flatten();
    Some(SignedIn {
        user: users::Id::parse(&text(USER)?)?,
        csrf: text(CSRF)?,
        name: text(NAME)?,
        generation: text(GENERATION)?.parse().ok()?,
    })
}

/// A session that is about to begin.
pub(crate) struct Fresh {
    name: String,
    browser: String,
    address: Option<IpAddr>,
}

impl Fresh {
    /// A session for the browser that sent this request.
    pub(crate) fn of(request: &HttpRequest, rng: &mut impl CryptoRng) -> Self {
        let name = users::SessionName::new(rng).as_str().to_owned();
        let address = Caller::of(request).address();
        Self { name, browser: browser(request.headers()), address }
    }

    /// The name of the session in the activity.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The actor who signs in with it.
    pub(crate) fn actor(&self, user: &users::Id) -> Actor {
        Actor::User { id: user.clone(), address: self.address, session: Some(self.name.clone()) }
    }

    /// Starts the session with a new key, and ends any that the browser had (ASVS 5.0, 7.2.4).
    /// `generation` is that of the password that was checked, and 0 for a new user.
    pub(crate) fn start(
        self,
        session: &Session,
        user: &users::Id,
        generation: i32,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        let mut csrf = [0; 32];
        rng.fill_bytes(&mut csrf);
        session.clear();
        session.renew();
        insert(session, USER, user.as_str())?;
        insert(session, NAME, &self.name)?;
        insert(session, CSRF, &hex::encode(csrf))?;
        insert(session, GENERATION, &generation.to_string())?;
        insert(session, BROWSER, &self.browser)?;
        insert(
            session,
            ADDRESS,
            &self.address.map(|address| address.to_string()).unwrap_or_default(),
        )
    }
}

/// Continues the session with a new key, after the password was changed.
pub(crate) fn go_on(session: &Session, generation: i32) -> Result<(), Error> {
    session.renew();
    insert(session, GENERATION, &generation.to_string())
}

fn insert(session: &Session, key: &str, value: &str) -> Result<(), Error> {
    session.insert(key, value).map_err(|e| Error::Internal(e.to_string()))
}

/// Sessions that began after the first of these times, and had a request after the second, are
/// alive.
pub(crate) fn alive_since(now: NaiveDateTime) -> (NaiveDateTime, NaiveDateTime) {
    (now - ABSOLUTE, now - IDLE)
}

/// Keeps sessions in the table `sessions`.
pub(crate) struct Store {
    db: Db,
    clock: Clock,
}

type SessionState = HashMap<String, String>;

fn digest(key: &SessionKey) -> [u8; 32] {
    Sha256::digest(key.as_ref().as_bytes()).into()
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        let digest = digest(key);
        let found = self
            .db
            .read(move |c| sessions::find(c, &digest))
            .await
            .map_err(|e| LoadError::Other(e.into()))?;
        let now = self.clock.now();
        let Some(session) = found else { return Ok(None) };
        if now >= session.last_seen_at + IDLE || now >= session.created_at + ABSOLUTE {
            // The session is removed, so that it does not come back if the clock jumps back.
            if let Err(error) = self.db.write(move |c| sessions::delete(c, &digest)).await {
                tracing::warn!(%error, "a session that is over was not removed");
            }
            return Ok(None);
        }
        if now >= session.last_seen_at + SEEN {
            // This is no reason to fail a request: pages still work when the disk is full.
            if let Err(error) = self.db.write(move |c| sessions::touch(c, &digest, now)).await {
                tracing::warn!(%error, "the time of the last request was not noted");
            }
        }
        serde_json::from_str(&session.state)
            .map(Some)
            .map_err(|e| LoadError::Deserialization(e.into()))
    }

    async fn save(&self, state: SessionState, _: &Duration) -> Result<SessionKey, SaveError> {
        // Only somebody who is signed in has a session, so visitors leave no rows.
        let value = |key| state.get(key).and_then(|json| serde_json::from_str::<String>(json).ok());
        let user = value(USER).and_then(|id| users::Id::parse(&id));
        let user =
            user.ok_or_else(|| SaveError::Other(anyhow::anyhow!("a session without a user")))?;
        let text = serde_json::to_string(&state).map_err(|e| SaveError::Serialization(e.into()))?;
        let [name, browser, address] =
            [NAME, BROWSER, ADDRESS].map(|key| value(key).unwrap_or_default());
        let key = generate_session_key();
        let (digest, now) = (digest(&key), self.clock.now());
        let insert = move |c: &mut db::DbConnection| -> db::Result<()> {
            sessions::delete_started_before(c, now - ABSOLUTE)?;
            let row = sessions::NewSession {
                digest: &digest,
                user_id: &user,
                state: &text,
                created_at: now,
                last_seen_at: now,
                name: &name,
                browser: &browser,
                address: Some(address.as_str()).filter(|address| !address.is_empty()),
            };
            sessions::insert(c, &row)
        };
        self.db.write(insert).await.map_err(|e| SaveError::Other(e.into()))?;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: SessionState,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let digest = digest(&key);
        let text =
            serde_json::to_string(&state).map_err(|e| UpdateError::Serialization(e.into()))?;
        self.db
            .write(move |c| sessions::set_state(c, &digest, &text))
            .await
            .map_err(|e| UpdateError::Other(e.into()))?;
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(()) // `load` notes the time of the request
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let digest = digest(key);
        Ok(self.db.write(move |c| sessions::delete(c, &digest)).await?)
    }
}

/// The session of this request, for extractors.
pub(crate) fn of(request: &HttpRequest) -> Session {
    use actix_session::SessionExt;
    request.get_session()
}

/// The state of this server, for extractors.
pub(crate) fn state(request: &HttpRequest) -> Result<web::Data<State>, Error> {
    request
        .app_data::<web::Data<State>>()
        .cloned()
        .ok_or_else(|| Error::Internal("no state".to_owned()))
}
