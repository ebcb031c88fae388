//! The keys of issuers, fetched from their URLs and kept in memory.
//!
//! Known keys are used while the issuer is away. One fetch is under way at a time for an
//! environment; it goes on when the request that wanted it can't wait any longer.

mod fetch;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{NaiveDateTime, TimeDelta};
use tokio::sync::{Semaphore, watch};

pub(crate) use fetch::FetchError;
use fetch::Fetcher;

use crate::db::EnvironmentId;
use crate::domain::access_tokens::{IssuerUrl, KeySet};

/// Between two fetches because of a `kid` that nobody knows: anybody can make one up.
const UNKNOWN: TimeDelta = TimeDelta::minutes(1);
/// After so long keys are fetched again, without anybody waiting for them.
const OLD: TimeDelta = TimeDelta::minutes(15);
/// Between two fetches while there are no keys at all.
const NONE_YET: TimeDelta = TimeDelta::seconds(10);
/// Environments whose keys are kept at most.
const MOST: usize = 10_000;
/// URLs that are tried at once. A name server that never answers holds a thread for each, and pages
/// need threads, too.
const TRIES: usize = 4;

/// The keys of all environments that fetch theirs.
pub(crate) struct IssuerKeys {
    fetcher: Arc<Fetcher>,
    /// URLs that somebody tries.
    tries: Semaphore,
    entries: Mutex<HashMap<EnvironmentId, Arc<Entry>>>,
}

struct Entry {
    url: IssuerUrl,
    fetched: Mutex<Fetched>,
}

#[derive(Default)]
struct Fetched {
    keys: Option<Arc<KeySet>>,
    /// When the keys came.
    at: Option<NaiveDateTime>,
    /// When they were asked for last.
    tried: Option<NaiveDateTime>,
    /// Why that failed, if it did.
    error: Option<FetchError>,
    /// Its other end is dropped when the fetch ends.
    running: Option<watch::Receiver<()>>,
}

/// What the page says of fetched keys.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) keys: Option<Arc<KeySet>>,
    pub(crate) at: Option<NaiveDateTime>,
    pub(crate) error: Option<FetchError>,
}

impl IssuerKeys {
    /// `private` is whether private addresses may be asked.
    pub(crate) fn new(private: bool) -> Self {
        Self {
            fetcher: Arc::new(Fetcher::new(private)),
            tries: Semaphore::new(TRIES),
            entries: Mutex::default(),
        }
    }

    /// Whether private addresses may be asked.
    pub(crate) fn private(&self) -> bool {
        self.fetcher.private
    }

    /// The keys of an issuer, for a token that names one of them. None: they are not known, and did
    /// not come until the deadline.
    pub(crate) async fn get(
        &self,
        environment: &EnvironmentId,
        url: &IssuerUrl,
        key: Option<&str>,
        now: NaiveDateTime,
        deadline: Instant,
    ) -> Option<Arc<KeySet>> {
        let entry = self.entry(environment, url);
        let wait = {
            let mut fetched = entry.fetched();
            let since = |time: Option<NaiveDateTime>, span: TimeDelta| {
                time.is_none_or(|time| now - time >= span || time > now)
            };
            let wanted = match &fetched.keys {
                None => since(fetched.tried, NONE_YET),
                Some(keys) if !keys.knows(key) => since(fetched.tried, UNKNOWN),
                // A failed one is tried again, but not with every request.
                Some(_) => since(fetched.at, OLD) && since(fetched.tried, UNKNOWN),
            };
            if wanted && !fetched.is_running() {
                fetched.tried = Some(now);
                fetched.running = Some(self.start(environment.clone(), Arc::clone(&entry), now));
            }
            let needed = fetched.keys.as_ref().is_none_or(|keys| !keys.knows(key));
            fetched.running.clone().filter(|_| needed && fetched.is_running())
        };
        if let Some(mut running) = wait {
            // An error means that the other end was dropped: the fetch has ended.
            let _ = tokio::time::timeout_at(deadline.into(), running.changed()).await;
        }
        entry.fetched().keys.clone()
    }

    /// What is known, without asking anybody.
    pub(crate) fn report(&self, environment: &EnvironmentId, url: &IssuerUrl) -> Report {
        let entry = self.entry(environment, url);
        let fetched = entry.fetched();
        Report { keys: fetched.keys.clone(), at: fetched.at, error: fetched.error }
    }

    /// Asks a URL, for somebody who is about to save it.
    pub(crate) async fn try_url(&self, url: &IssuerUrl) -> Result<KeySet, FetchError> {
        let Ok(_one) = self.tries.try_acquire() else { return Err(FetchError::Busy) };
        self.fetcher.fetch(url).await
    }

    /// Keeps what was fetched for a page.
    pub(crate) fn put(
        &self,
        environment: &EnvironmentId,
        url: &IssuerUrl,
        keys: KeySet,
        now: NaiveDateTime,
    ) {
        let entry = self.entry(environment, url);
        let mut fetched = entry.fetched();
        (fetched.keys, fetched.at, fetched.tried, fetched.error) =
            (Some(Arc::new(keys)), Some(now), Some(now), None);
    }

    fn entry(&self, environment: &EnvironmentId, url: &IssuerUrl) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(environment)
            && entry.url == *url
        {
            return Arc::clone(entry);
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        let entry = Arc::new(Entry { url: url.clone(), fetched: Mutex::default() });
        entries.insert(environment.clone(), Arc::clone(&entry));
        entry
    }

    fn start(
        &self,
        environment: EnvironmentId,
        entry: Arc<Entry>,
        now: NaiveDateTime,
    ) -> watch::Receiver<()> {
        let (done, running) = watch::channel(());
        let fetcher = Arc::clone(&self.fetcher);
        actix_web::rt::spawn(async move {
            let result = fetcher.fetch(&entry.url).await;
            let mut fetched = entry.fetched();
            match result {
                Ok(keys) => {
                    (fetched.keys, fetched.at, fetched.error) =
                        (Some(Arc::new(keys)), Some(now), None)
                }
                Err(error) => {
                    tracing::warn!(%environment, %error, "the issuer's keys can't be fetched");
                    fetched.error = Some(error);
                }
            }
            drop(fetched);
            drop(done);
        });
        running
    }
}

impl Entry {
    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetched {
    fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.has_changed().is_ok())
    }
}
