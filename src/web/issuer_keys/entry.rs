//! The keys of one issuer, and for how long they may be used.
//!
//! An issuer removes a key because it leaked, so a fetched key must not be good for ever: neither
//! after days without calls, nor while the issuer can't be reached.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{NaiveDateTime, TimeDelta};
use tokio::sync::watch;

use super::FetchError;
use crate::domain::Clock;
use crate::domain::access_tokens::{IssuerUrl, KeySet, TokenError};
use crate::domain::limits::PerMinute;

/// Keys of this age are fetched again, but no request waits for that.
const REFRESHED: TimeDelta = TimeDelta::minutes(15);
/// Keys of this age are no longer good, unless the issuer can't be reached.
const GOOD: TimeDelta = TimeDelta::hours(1);
/// Keys of this age are never good.
const GOOD_WHILE_AWAY: TimeDelta = TimeDelta::days(1);
/// The time between two fetches while the issuer can't be reached and its keys are still good.
const RETRY: TimeDelta = TimeDelta::minutes(1);
/// The time between two fetches while there are no good keys.
const RETRY_WITHOUT_KEYS: TimeDelta = TimeDelta::seconds(10);
/// How long after a failure the issuer counts as away. It is longer than `RETRY` and a fetch
/// together, so that nobody waits for an issuer that stays away, and so short that the issuer must
/// be asked again after a time without calls.
const AWAY: TimeDelta = TimeDelta::minutes(2);
/// Corrections of a clock are smaller than this.
const CORRECTION: TimeDelta = TimeDelta::minutes(1);
/// The number of fetches in a minute because of tokens that a newer key might fit: ten at once, and
/// then one every six seconds. A forged token can't be told from the first one with a new key, so
/// strangers can use all of them up. That delays a new key by six seconds at most.
const DOUBTS: u32 = 10;

pub(super) struct Entry {
    pub(super) url: IssuerUrl,
    /// The limit of fetches because of tokens that name an unknown key.
    unknown: PerMinute,
    /// The limit of fetches because of tokens with a known key and a wrong signature, because an
    /// issuer may replace a key but keep its id. Forged ids don't count against this limit.
    failing: PerMinute,
    fetched: Mutex<Fetched>,
}

#[derive(Default)]
struct Fetched {
    keys: Option<Arc<KeySet>>,
    /// When the fetch that returned them began.
    at: Option<NaiveDateTime>,
    /// When the last fetch began.
    tried: Option<NaiveDateTime>,
    /// When the last fetch began and why it failed, if it failed.
    failed: Option<(NaiveDateTime, FetchError)>,
    /// The fetch that is under way. Its other end is dropped when the fetch ends.
    running: Option<watch::Receiver<()>>,
}

/// A fetch that is under way.
pub(super) struct Running {
    end: watch::Receiver<()>,
    /// Whether the fetch was started for this caller. If so, the issuer's answer is not older than
    /// the token that is being checked.
    pub(super) own: bool,
}

/// What the page shows about fetched keys.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) keys: Option<Arc<KeySet>>,
    pub(crate) at: Option<NaiveDateTime>,
    pub(crate) error: Option<FetchError>,
}

impl Entry {
    pub(super) fn new(url: IssuerUrl, clock: &Clock) -> Self {
        let doubts = NonZeroU32::new(DOUBTS).unwrap_or(NonZeroU32::MIN);
        Self {
            url,
            unknown: PerMinute::new(doubts, clock.clone()),
            failing: PerMinute::new(doubts, clock.clone()),
            fetched: Mutex::default(),
        }
    }

    /// The keys that are good at `now`.
    pub(super) fn good(&self, now: NaiveDateTime) -> Option<Arc<KeySet>> {
        self.fetched().good(now)
    }

    /// Starts a fetch if the keys are old or were never fetched. Returns it if the caller must wait
    /// for it.
    pub(super) fn ask_if_old(
        &self,
        now: NaiveDateTime,
        start: impl FnOnce() -> watch::Receiver<()>,
    ) -> Option<Running> {
        let mut fetched = self.fetched();
        let good = fetched.good(now).is_some();
        let wanted = if good {
            is_over(fetched.at, REFRESHED, now) && is_over(fetched.tried, RETRY, now)
        } else {
            is_over(fetched.tried, RETRY_WITHOUT_KEYS, now)
        };
        fetched.join(now, wanted, start).filter(|_| !good)
    }

    /// Starts a fetch because of a token that no key fits. `None` if the limit is used up.
    pub(super) fn ask_in_doubt(
        &self,
        error: TokenError,
        now: NaiveDateTime,
        start: impl FnOnce() -> watch::Receiver<()>,
    ) -> Option<Running> {
        let mut fetched = self.fetched();
        let limit = if error == TokenError::UnknownKey { &self.unknown } else { &self.failing };
        let wanted = !fetched.is_running() && limit.take();
        fetched.join(now, wanted, start)
    }

    /// Keeps the result of a fetch that began at `began`.
    pub(super) fn put(&self, result: Result<KeySet, FetchError>, began: NaiveDateTime) {
        let mut fetched = self.fetched();
        match result {
            Ok(keys) => {
                (fetched.keys, fetched.at, fetched.failed) =
                    (Some(Arc::new(keys)), Some(began), None);
            }
            Err(error) => fetched.failed = Some((began, error)),
        }
    }

    pub(super) fn report(&self) -> Report {
        let fetched = self.fetched();
        Report {
            keys: fetched.keys.clone(),
            at: fetched.at,
            error: fetched.failed.as_ref().map(|(_, error)| error.clone()),
        }
    }

    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetched {
    fn good(&self, now: NaiveDateTime) -> Option<Arc<KeySet>> {
        let away = self
            .failed
            .as_ref()
            .is_some_and(|(began, error)| !error.is_answer() && !is_over(Some(*began), AWAY, now));
        let age = if away { GOOD_WHILE_AWAY } else { GOOD };
        self.keys.clone().filter(|_| !is_over(self.at, age, now))
    }

    /// The fetch that is under way, or a new one if it is wanted.
    fn join(
        &mut self,
        now: NaiveDateTime,
        wanted: bool,
        start: impl FnOnce() -> watch::Receiver<()>,
    ) -> Option<Running> {
        let own = wanted && !self.is_running();
        if own {
            (self.tried, self.running) = (Some(now), Some(start()));
        }
        let end = self.running.clone().filter(|_| self.is_running())?;
        Some(Running { end, own })
    }

    fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.has_changed().is_ok())
    }
}

impl Running {
    /// Waits for the end of the fetch. `false` if that comes after the deadline.
    pub(super) async fn ends_before(&mut self, deadline: Instant) -> bool {
        // An error of `changed` means that the other end was dropped, so the fetch has ended.
        tokio::time::timeout_at(deadline.into(), self.end.changed()).await.is_ok()
    }
}

/// Whether `span` has passed since then. It counts as passed if there is no such time. It also does
/// if that time is in the future: the clock was set back, and nobody knows by how much.
fn is_over(since: Option<NaiveDateTime>, span: TimeDelta, now: NaiveDateTime) -> bool {
    since.is_none_or(|since| now - since >= span || now - since <= -CORRECTION)
}
