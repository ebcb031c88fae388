//! What is known of one issuer's keys, and for how long that may be relied on.
//!
//! An issuer takes a key away because it leaked, so a key that was fetched must not be good for
//! ever: neither after days in which nobody asked, nor while the issuer is away.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{NaiveDateTime, TimeDelta};
use tokio::sync::watch;

use super::FetchError;
use crate::domain::Clock;
use crate::domain::access_tokens::{IssuerUrl, KeySet, TokenError};
use crate::domain::limits::PerMinute;

/// Keys of this age are fetched again, without anybody waiting for them.
const REFRESHED: TimeDelta = TimeDelta::minutes(15);
/// Keys of this age are not good any more, unless the issuer can't be reached.
const GOOD: TimeDelta = TimeDelta::hours(1);
/// Keys of this age are never good.
const GOOD_WHILE_AWAY: TimeDelta = TimeDelta::days(1);
/// Between two fetches while the issuer is away and its keys are good.
const RETRY: TimeDelta = TimeDelta::minutes(1);
/// Between two fetches while no keys are good.
const RETRY_WITHOUT_KEYS: TimeDelta = TimeDelta::seconds(10);
/// After a failure the issuer counts as away for so long. More than `RETRY` and the time that a
/// fetch may take, so that nobody waits for an issuer that stays away; and so short that after a
/// pause it must be asked again.
const AWAY: TimeDelta = TimeDelta::minutes(2);
/// Clocks are corrected by less than this.
const CORRECTION: TimeDelta = TimeDelta::minutes(1);
/// Fetches in a minute because of tokens that a newer key might fit: ten at once, and then one
/// every six seconds. Nobody can tell a stranger's made-up token from the first one with a new key,
/// so whoever uses all of them up holds a new key back by six seconds, and not longer.
const DOUBTS: u32 = 10;

pub(super) struct Entry {
    pub(super) url: IssuerUrl,
    /// Fetches because of tokens that name a key that is not known.
    unknown: PerMinute,
    /// Fetches because of tokens of known keys whose signature is wrong: an issuer may replace a
    /// key under its id. Made-up ids take nothing away from these.
    failing: PerMinute,
    fetched: Mutex<Fetched>,
}

#[derive(Default)]
struct Fetched {
    keys: Option<Arc<KeySet>>,
    /// When the fetch that brought them began.
    at: Option<NaiveDateTime>,
    /// When a fetch began last.
    tried: Option<NaiveDateTime>,
    /// Why the last fetch failed, if it did, and when it began.
    failed: Option<(NaiveDateTime, FetchError)>,
    /// Its other end is dropped when the fetch ends.
    running: Option<watch::Receiver<()>>,
}

/// A fetch that is under way.
pub(super) struct Running {
    end: watch::Receiver<()>,
    /// Whether it began for whoever holds this. Then the issuer's answer is not older than the
    /// token that is being checked.
    pub(super) own: bool,
}

/// What the page says of fetched keys.
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

    /// Asks the issuer if its keys are old, or never came. The fetch, if it must be waited for.
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

    /// Asks the issuer because of a token that its keys don't fit. None: it was asked often enough.
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

    /// Keeps what a fetch brought that began at `began`.
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
    /// Waits for it. False: it takes longer than that.
    pub(super) async fn ends_before(&mut self, deadline: Instant) -> bool {
        // An error means that the other end was dropped: the fetch has ended.
        tokio::time::timeout_at(deadline.into(), self.end.changed()).await.is_ok()
    }
}

/// Whether `span` has passed since. A time that never was is over, and so is one that is still to
/// come: the clock was set back, and nobody knows how long ago that was.
fn is_over(since: Option<NaiveDateTime>, span: TimeDelta, now: NaiveDateTime) -> bool {
    since.is_none_or(|since| now - since >= span || now - since <= -CORRECTION)
}
