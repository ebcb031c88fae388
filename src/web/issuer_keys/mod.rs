//! The keys of issuers, fetched from their URLs and kept in memory. All environments with the same
//! URL share them.
//!
//! Each issuer has at most one fetch at a time. It goes on even if the request that started it
//! can't wait any longer.

mod entry;
mod fetch;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::NaiveDateTime;
use tokio::sync::{Semaphore, watch};

use entry::Entry;
pub(crate) use entry::Report;
pub(crate) use fetch::FetchError;
use fetch::Fetcher;

use crate::domain::Clock;
use crate::domain::access_tokens::{IssuerUrl, KeySet, Settings, Token, TokenError};

/// The most issuers whose keys are kept.
const MOST: usize = 10_000;
/// The most URLs that are tried at once. Each occupies a thread while a name server does not
/// answer, and pages need threads, too.
const TRIES: usize = 4;

/// The keys of all issuers from which they are fetched.
pub(crate) struct IssuerKeys {
    clock: Clock,
    fetcher: Arc<Fetcher>,
    tries: Semaphore,
    entries: Mutex<HashMap<IssuerUrl, Arc<Entry>>>,
}

impl IssuerKeys {
    /// `private` says whether private addresses may be asked.
    pub(crate) fn new(private: bool, clock: Clock) -> Self {
        Self {
            clock,
            fetcher: Arc::new(Fetcher::new(private)),
            tries: Semaphore::new(TRIES),
            entries: Mutex::default(),
        }
    }

    /// Whether private addresses may be asked.
    pub(crate) fn private(&self) -> bool {
        self.fetcher.private
    }

    /// Checks a token with the keys at `url`, and returns the user. The keys are fetched first if
    /// they are old, and again if newer ones might fit the token. `None` if there are no good keys
    /// and none arrived before the deadline.
    pub(crate) async fn check(
        &self,
        url: &IssuerUrl,
        token: &Token<'_>,
        settings: &Settings,
        deadline: Instant,
    ) -> Option<Result<String, TokenError>> {
        let (entry, now) = (self.entry(url), self.clock.now());
        let mut asked = entry.ask_if_old(now, || self.start(&entry, now));
        loop {
            let ended = match &mut asked {
                Some(fetch) => fetch.ends_before(deadline).await,
                None => true,
            };
            let checked = token.check(settings, &*entry.good(now)?, now);
            let Err(error) = checked else { return Some(checked) };
            let answered = asked.is_some_and(|fetch| fetch.own);
            if !ended || answered || !token.may_need(error, settings, now) {
                return Some(checked);
            }
            asked = entry.ask_in_doubt(error, now, || self.start(&entry, now));
            if asked.is_none() {
                return Some(checked);
            }
        }
    }

    /// What is known about the keys, without a fetch.
    pub(crate) fn report(&self, url: &IssuerUrl) -> Report {
        self.entry(url).report()
    }

    /// Fetches the keys at a URL for somebody who is about to save it.
    pub(crate) async fn try_url(&self, url: &IssuerUrl) -> Result<KeySet, FetchError> {
        let Ok(_one) = self.tries.try_acquire() else { return Err(FetchError::Busy) };
        self.fetcher.fetch(url).await
    }

    /// Keeps keys that were fetched for a page. The fetch began at `began`.
    pub(crate) fn put(&self, url: &IssuerUrl, keys: KeySet, began: NaiveDateTime) {
        self.entry(url).put(Ok(keys), began);
    }

    fn entry(&self, url: &IssuerUrl) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(url) {
            return Arc::clone(entry);
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        let entry = Arc::new(Entry::new(url.clone(), &self.clock));
        entries.insert(url.clone(), Arc::clone(&entry));
        entry
    }

    fn start(&self, entry: &Arc<Entry>, now: NaiveDateTime) -> watch::Receiver<()> {
        let (done, running) = watch::channel(());
        let (fetcher, entry) = (Arc::clone(&self.fetcher), Arc::clone(entry));
        actix_web::rt::spawn(async move {
            let result = fetcher.fetch(&entry.url).await;
            if let Err(error) = &result {
                tracing::warn!(host = entry.url.host(), %error, "an issuer's keys can't be fetched");
            }
            entry.put(result, now);
            drop(done);
        });
        running
    }
}
