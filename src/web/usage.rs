//! Counting in this process: calls are noted in memory, and one task writes them down about once a second, so
//! that a request neither waits nor fails because it is counted. A crash loses what was not written yet: the
//! last seconds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use super::{State, client};
use crate::db::{Db, Error, Result};
use crate::domain::usage::{self, Call, Entry, Forgotten, Known, Noted, NotedValues, Value, ValueCall};

/// How often it is written.
const EVERY: Duration = Duration::from_secs(1);
/// Writing takes at most a twentieth of the time: when it is much, it is written less often, and many calls
/// become one row.
const SHARE: u32 = 19;
/// But at least so often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(15);
/// How often old counts are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Entries in one transaction. SQLite has one writer, and others want to write, too; but after each commit the verifier
/// maps the file anew.
const AT_ONCE: usize = 3000;
/// How many locks there are.
const PARTS: usize = 16;

/// The counts of this process that are not written yet.
#[derive(Default)]
pub(crate) struct Recorder {
    /// Each for some of the keys, so that workers seldom wait for each other.
    noted: [Mutex<Noted>; PARTS],
    /// Taken from there, while it is written; its room is kept.
    entries: Mutex<Vec<Entry>>,
    /// Which of the two values of keys in an overlap are called: few calls, so that one for all will do.
    values: Mutex<NotedValues>,
}

/// Notes a decision about a key, if we know the key.
pub(crate) fn note(request: &HttpRequest, key: Option<Known>, accepted: bool) {
    let (Some(key), Some(state)) = (key, request.app_data::<web::Data<State>>()) else { return };
    lock(state.usage.part(key.number)).note(&Call {
        key,
        accepted,
        at: state.clock.now(),
        address: client::address(request, &state.config.trusted_proxies),
        origin: request.headers().get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default()),
    });
}

/// Notes a decision about one of two values of a key.
pub(crate) fn note_value(request: &HttpRequest, value: Option<Value>, accepted: bool) {
    let (Some(value), Some(state)) = (value, request.app_data::<web::Data<State>>()) else { return };
    let call = ValueCall {
        value,
        accepted,
        at: state.clock.now(),
        address: client::address(request, &state.config.trusted_proxies),
        origin: request.headers().get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default()),
    };
    lock(&state.usage.values).note(&call);
}

impl Recorder {
    fn part(&self, key: u128) -> &Mutex<Noted> {
        let [first, ..] = &self.noted;
        // The last digits of an id are random.
        usize::try_from(key % PARTS as u128).ok().and_then(|part| self.noted.get(part)).unwrap_or(first)
    }

    /// Writes everything that was noted; what can't be written is kept. Blocks. Gives how long it took, without the time
    /// in which somebody else wrote.
    pub(crate) fn write(&self, db: &Db) -> Result<Duration> {
        let (mut entries, mut missed, mut took) = (lock(&self.entries), 0, Duration::ZERO);
        for part in &self.noted {
            let mut noted = lock(part);
            missed += noted.missed();
            noted.take(&mut entries);
        }
        if missed > 0 {
            tracing::warn!(missed, "too many keys were called since counts were last written; some calls are not counted");
        }
        entries.sort_unstable_by_key(Entry::order);
        let mut written = 0;
        let result = entries.chunks(AT_ONCE).try_for_each(|chunk| {
            took += db.write_blocking(|connection| {
                let begun = Instant::now();
                usage::write(connection, chunk)?;
                Ok::<_, Error>(begun.elapsed())
            })?;
            written += chunk.len();
            Ok(())
        });
        for entry in entries.drain(written..) {
            lock(self.part(entry.order().0)).put_back(entry);
        }
        entries.clear();
        result.and_then(|()| self.write_values(db))?;
        Ok(took)
    }

    fn write_values(&self, db: &Db) -> Result<()> {
        let mut values = lock(&self.values).take();
        while !values.is_empty() {
            let rest = values.split_off(values.len().min(AT_ONCE));
            if let Err(error) = db.write_blocking(|connection| usage::write_values(connection, &values)) {
                values.into_iter().chain(rest).for_each(|entry| lock(&self.values).put_back(entry));
                return Err(error);
            }
            values = rest;
        }
        Ok(())
    }
}

/// Writes down what was noted, for as long as the server runs.
pub(crate) async fn keep_writing(state: web::Data<State>) {
    let (mut pause, mut failed, mut pruned) = (EVERY, false, None);
    loop {
        tokio::time::sleep(pause).await;
        let writing = state.clone();
        let written = match tokio::task::spawn_blocking(move || writing.usage.write(&writing.db)).await {
            Ok(written) => written,
            Err(ended) => Err(Error::Unavailable(ended.to_string())),
        };
        pause = match &written {
            Ok(took) => (*took * SHARE).clamp(EVERY, AT_LEAST_EVERY),
            Err(_) => EVERY,
        };
        match &written {
            Err(error) if !failed => tracing::warn!(%error, "counts can't be written; they are kept"),
            Ok(_) if failed => tracing::info!("counts are written again"),
            _ => {}
        }
        failed = written.is_err();
        let now = state.clock.elapsed();
        if !failed && pruned.is_none_or(|before| now.saturating_sub(before) >= PRUNE_EVERY) {
            pruned = Some(now);
            if let Err(error) = prune(&state).await {
                tracing::warn!(%error, "old counts can't be forgotten");
            }
        }
    }
}

async fn prune(state: &State) -> Result<()> {
    let now = state.clock.surely();
    while state.db.write(move |connection| usage::prune(connection, now)).await? == Forgotten::Some {}
    Ok(())
}

/// A panic while it was held changes nothing: a count may be one too low.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
