//! The keys of issuers, fetched from their URLs and kept in memory, for all environments that name
//! the same URL.
//!
//! One fetch is under way at a time for an issuer; it goes on when the request that wanted it can't
//! wait any longer.

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

/// Issuers whose keys are kept at most.
const MOST: usize = 10_000;
/// URLs that are tried at once. A name server that never answers holds a thread for each, and pages
/// need threads, too.
const TRIES: usize = 4;

/// The keys of all issuers that are asked for theirs.
pub(crate) struct IssuerKeys {
    clock: Clock,
    fetcher: Arc<Fetcher>,
    tries: Semaphore,
    entries: Mutex<HashMap<IssuerUrl, Arc<Entry>>>,
}

impl IssuerKeys {
    /// `private` is whether private addresses may be asked.
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

    /// Whose the token is, by the keys at `url`. They are fetched first if they are old, and again
    /// if newer ones might fit the token. None: no keys are good, and none came until the deadline.
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

    /// What is known, without asking anybody.
    pub(crate) fn report(&self, url: &IssuerUrl) -> Report {
        self.entry(url).report()
    }

    /// Asks a URL, for somebody who is about to save it.
    pub(crate) async fn try_url(&self, url: &IssuerUrl) -> Result<KeySet, FetchError> {
        let Ok(_one) = self.tries.try_acquire() else { return Err(FetchError::Busy) };
        self.fetcher.fetch(url).await
    }

    /// Keeps what was fetched for a page, which began at `began`.
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
