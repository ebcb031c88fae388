//! Counts calls in memory. A thread writes the counts to the database about once a second, so that
//! no request waits or fails because it is counted. A crash loses what was not written yet: the
//! last seconds, or up to half a minute while a hundred thousand keys are called.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use crate::db::{Db, Error, Result};
use crate::domain::gateways::{self, Gateways};
use crate::domain::usage::{
    self, Call, CalledKey, Forgotten, KeyHour, Noted, NotedValues, Value, ValueCall,
};
use crate::domain::verification::RefusalReason;
use crate::web::State;
use crate::web::http::Caller;

/// How often the counts are written.
const EVERY: Duration = Duration::from_secs(1);
/// Writing takes at most a twentieth of the time. If there is much to write, it is written less
/// often, and more calls become one row.
const SHARE: u32 = 19;
/// The counts are written at least this often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(15);
/// How often old counts are removed.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// The pause after each transaction of one writing, as a multiple of its time. So writing uses an
/// eighth of one processor, which verifications hardly notice, and takes eight times as long: with
/// a hundred thousand keys about 20 s on SQLite and half a minute on PostgreSQL.
const PAUSE: u32 = 7;
/// The number of entries in a transaction. It is not larger, because SQLite has one writer and
/// others want to write, too. It is not smaller, because each commit empties the caches of all
/// readers and writes pages that the next one changes again.
const AT_ONCE: usize = 3000;
/// The number of locks.
const PARTS: usize = 16;

/// The counts of this process that are not written yet.
#[derive(Default)]
pub(crate) struct Recorder {
    /// Each part has some of the keys, so that workers seldom wait for each other.
    noted: [Mutex<Noted>; PARTS],
    /// Entries that were taken from there to be written in one transaction.
    taken: Mutex<Vec<KeyHour>>,
    /// Which of the two values of keys in an overlap are called. These are few calls, so one lock
    /// is enough.
    values: Mutex<NotedValues>,
    pub(crate) gateways: Gateways,
}

/// Notes a decision about a known key, and why it was refused, if it was.
pub(crate) fn note(request: &HttpRequest, key: Option<CalledKey>, refused: Option<RefusalReason>) {
    let (Some(key), Some(state)) = (key, request.app_data::<web::Data<State>>()) else { return };
    lock(state.usage.part(key.number)).note(&Call {
        key,
        refused,
        at: state.clock.now(),
        address: Caller::of(request).address(),
        origin: request
            .headers()
            .get(header::ORIGIN)
            .map(|origin| origin.to_str().unwrap_or_default()),
    });
}

/// Notes a decision about one of the two values of a key.
pub(crate) fn note_value(request: &HttpRequest, value: Option<Value>, accepted: bool) {
    let (Some(value), Some(state)) = (value, request.app_data::<web::Data<State>>()) else {
        return;
    };
    let call = ValueCall {
        value,
        accepted,
        at: state.clock.now(),
        address: Caller::of(request).address(),
        origin: request
            .headers()
            .get(header::ORIGIN)
            .map(|origin| origin.to_str().unwrap_or_default()),
    };
    lock(&state.usage.values).note(&call);
}

impl Recorder {
    fn part(&self, key: u128) -> &Mutex<Noted> {
        let [first, ..] = &self.noted;
        // The last digits of an id are random.
        usize::try_from(key % PARTS as u128)
            .ok()
            .and_then(|part| self.noted.get(part))
            .unwrap_or(first)
    }

    /// Writes everything that was noted, and keeps what can't be written. Blocks.
    pub(crate) fn write(&self, db: &Db) -> Result<()> {
        self.write_with_pauses(db, 0).map(drop)
    }

    /// The same with pauses, each `pause` times as long as the transaction before it. Returns how
    /// long the writing took, without the pauses and without waiting for other writers.
    fn write_with_pauses(&self, db: &Db, pause: u32) -> Result<Duration> {
        self.write_gateways(db)?;
        let mut before = self.write_taken(db)?;
        let mut all = before;
        for keys in self.ranges() {
            std::thread::sleep(pause * before);
            self.take(&keys);
            before = self.write_taken(db)?;
            all += before;
        }
        Ok(all)
    }

    /// The keys that were called, in ranges that are written at once.
    fn ranges(&self) -> Vec<RangeInclusive<u128>> {
        let (mut called, mut missed) = (Vec::new(), 0);
        for part in &self.noted {
            let mut noted = lock(part);
            missed += noted.missed();
            called.extend(noted.numbers());
        }
        if missed > 0 {
            tracing::warn!(
                missed,
                "too many keys were called since counts were last written; some calls are not counted"
            );
        }
        called.sort_unstable();
        let mut first = 0;
        let range = |keys: &[u128]| {
            let last = *keys.last()?;
            Some(std::mem::replace(&mut first, last.saturating_add(1))..=last)
        };
        called.chunks(AT_ONCE).filter_map(range).collect()
    }

    /// Takes what was noted about these keys so far.
    fn take(&self, keys: &RangeInclusive<u128>) {
        let mut taken = lock(&self.taken);
        for part in &self.noted {
            lock(part).take(keys, &mut taken);
        }
        taken.sort_unstable_by_key(KeyHour::order);
    }

    fn write_taken(&self, db: &Db) -> Result<Duration> {
        self.write_values(db)?;
        let mut taken = lock(&self.taken);
        if taken.is_empty() {
            return Ok(Duration::ZERO);
        }
        let took = db.write_blocking(|connection| {
            let begun = Instant::now();
            usage::write(connection, &taken)?;
            Ok::<_, Error>(begun.elapsed())
        })?;
        taken.clear();
        Ok(took)
    }

    fn write_gateways(&self, db: &Db) -> Result<()> {
        let entries = self.gateways.take();
        if entries.is_empty() {
            return Ok(());
        }
        let written = db.write_blocking(|connection| gateways::write(connection, &entries));
        if written.is_err() {
            self.gateways.put_back(entries);
        }
        written
    }

    fn write_values(&self, db: &Db) -> Result<()> {
        let mut values = lock(&self.values).take();
        while !values.is_empty() {
            let rest = values.split_off(values.len().min(AT_ONCE));
            if let Err(error) =
                db.write_blocking(|connection| usage::write_values(connection, &values))
            {
                values.into_iter().chain(rest).for_each(|entry| lock(&self.values).put_back(entry));
                return Err(error);
            }
            values = rest;
        }
        Ok(())
    }
}

/// Starts the thread that writes the counts, for as long as the server runs.
///
/// # Errors
/// When the operating system gives no thread.
pub(crate) fn start(state: &web::Data<State>) -> std::io::Result<()> {
    let state = Arc::downgrade(&state.clone().into_inner());
    std::thread::Builder::new().name("usage".to_owned()).spawn(move || keep_writing(&state))?;
    Ok(())
}

fn keep_writing(state: &Weak<State>) {
    let (mut pause, mut failed, mut pruned) = (EVERY, false, None);
    loop {
        std::thread::sleep(pause);
        let Some(state) = state.upgrade() else { return };
        let begun = Instant::now();
        let written = state.usage.write_with_pauses(&state.db, PAUSE);
        pause = match &written {
            Ok(took) => {
                let paused = begun.elapsed().saturating_sub(*took);
                (*took * SHARE).clamp(EVERY, AT_LEAST_EVERY).saturating_sub(paused).max(EVERY)
            }
            Err(_) => EVERY,
        };
        match &written {
            Err(error) if !failed => {
                tracing::warn!(%error, "counts can't be written; they are kept")
            }
            Ok(_) if failed => tracing::info!("counts are written again"),
            _ => {}
        }
        failed = written.is_err();
        let now = state.clock.elapsed();
        if !failed && pruned.is_none_or(|before| now.saturating_sub(before) >= PRUNE_EVERY) {
            pruned = Some(now);
            if let Err(error) = prune(&state) {
                tracing::warn!(%error, "old counts can't be forgotten");
            }
        }
    }
}

fn prune(state: &State) -> Result<()> {
    let now = state.clock.lower_bound();
    while state.db.write_blocking(|connection| usage::prune(connection, now))? == Forgotten::Some {}
    while state.db.write_blocking(|connection| gateways::prune(connection, now))? {}
    Ok(())
}

/// Locks the counts. A panic while they were locked does no harm: a count may be too low by one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime};

    use super::*;
    use crate::db::{DatabaseUrl, EnvironmentId, KeyId, Kind};

    fn now() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 30, 0).unwrap()
    }

    #[test]
    fn many_keys_are_written_in_parts_and_calls_between_them_are_counted_too() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::new(&DatabaseUrl::Sqlite(folder.path().join("keyrack.db")));
        db.migrate_blocking().unwrap();
        let (recorder, keys) = (Recorder::default(), 2 * AT_ONCE as u128 + 1);
        let note = |number| {
            let key = CalledKey { number, environment: 1, kind: Kind::Secret };
            lock(recorder.part(number)).note(&Call {
                key,
                refused: None,
                at: now(),
                address: None,
                origin: None,
            });
        };
        let counted = |number| {
            let read =
                |connection: &mut _| usage::totals(connection, &KeyId::of_number(number), now());
            db.read_blocking(read).unwrap().day.accepted
        };
        (0..keys).for_each(note);
        let ranges = recorder.ranges();
        assert_eq!(ranges.len(), 3);
        for range in ranges.iter().take(2) {
            recorder.take(range);
            recorder.write_taken(&db).unwrap();
            note(0);
            note(keys - 1);
        }
        assert_eq!([0, keys - 1].map(counted), [1, 0]);
        recorder.write(&db).unwrap();
        assert_eq!(
            (0..keys).map(counted).collect::<Vec<_>>(),
            [vec![3], vec![1; 2 * AT_ONCE - 1], vec![3]].concat()
        );
    }
    #[test]
    fn gateways_are_written_beside_the_counts_and_kept_while_the_database_is_away() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::new(&DatabaseUrl::Sqlite(folder.path().join("keyrack.db")));
        let recorder = Recorder::default();
        recorder.gateways.note(&gateways::Request {
            peer: [10, 0, 0, 1].into(),
            asked: "my-blog/dev",
            environment: Some(7),
            trusted: true,
            original: true,
            untrusted_original: false,
            good: false,
            at: now(),
        });
        assert!(recorder.write(&db).is_err());
        db.migrate_blocking().unwrap();
        recorder.write(&db).unwrap();
        let environment = EnvironmentId::of_number(7);
        let read = |connection: &mut _| gateways::of_environment(connection, &environment, now());
        assert_eq!(db.read_blocking(read).unwrap()[0].peer, "10.0.0.1");
    }
}
