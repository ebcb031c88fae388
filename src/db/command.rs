//! The database for a command: it opens one connection at a time, and waits where a server would
//! refuse.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::access::promised;
use super::connection::{DbConnection, Manager, Opened, Use};
use super::error::{Error, Result};
use super::migrations::{self, MigrateError};
use super::transaction;
use super::url::DatabaseUrl;

/// How long a command waits for a database that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this time, whoever runs the command is told that it waits.
const QUIET: Duration = Duration::from_secs(3);
/// The pause before the next try.
const AGAIN: Duration = Duration::from_millis(50);

/// What a database says when it is there, but is locked or has no free connection. (SQLite says so
/// without waiting when two processes set up WAL in a new file, because both of them waiting would
/// be a deadlock.)
const BUSY: [&str; 5] = [
    "is locked",
    "too many clients",
    "remaining connection slots",
    "the database system is starting up",
    "lock timeout",
];

/// The database that a command uses.
pub struct CommandDb {
    manager: Manager,
    waits: fn(),
}

impl CommandDb {
    /// Connects when it is first asked for something. `waits` is called once for each step that
    /// takes long.
    pub fn new(url: &DatabaseUrl, waits: fn()) -> Self {
        Self { manager: Manager::patient(url), waits }
    }

    /// Runs queries. This also works on a database that can't be written to.
    ///
    /// # Errors
    /// What `query` returns; [`Error::Unavailable`] when there is no database, or it stays busy.
    pub fn read<T, E: From<Error>>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _waiting = self.waiting();
        query(&mut self.open(Use::Read)?.connection)
    }

    /// Runs `work` in one transaction. When this returns `Ok`, the change is durable.
    ///
    /// # Errors
    /// As for [`CommandDb::read`].
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _waiting = self.waiting();
        promised(&mut self.open(Use::Write)?.connection, work)
    }

    /// [`CommandDb::write`] for very many rows at once. It takes more memory and time.
    ///
    /// # Errors
    /// As for [`CommandDb::read`].
    pub fn write_many<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let waiting = self.waiting();
        let mut writer = self.open(Use::Write)?;
        transaction::expect_many(&mut writer.connection)?;
        promised(&mut writer.connection, |connection| {
            drop(waiting);
            work(connection)
        })
    }

    /// Brings the schema up to date, and makes an SQLite file where there is none.
    ///
    /// # Errors
    /// [`MigrateError`]
    pub fn migrate(&self) -> std::result::Result<Vec<String>, MigrateError> {
        let waiting = self.waiting();
        let done = patiently(|| match migrations::run(&self.manager) {
            Err(MigrateError::Unavailable(why)) => Err(why),
            done => Ok(done),
        });
        drop(waiting);
        done.unwrap_or_else(|why| Err(MigrateError::Unavailable(why)))
    }

    /// Refuses a database whose schema is not the one of this version of Keyrack. Changes nothing.
    ///
    /// # Errors
    /// [`MigrateError`], which says what to run.
    pub fn require_schema(&self) -> std::result::Result<(), MigrateError> {
        let _waiting = self.waiting();
        migrations::require(&mut self.open(Use::Read)?.connection)
    }

    fn open(&self, purpose: Use) -> Result<Opened> {
        let manager = self.manager.to(purpose);
        let opened = patiently(|| match manager.open() {
            Err(Error::Unavailable(why)) => Err(why),
            done => Ok(done),
        });
        opened.unwrap_or_else(|why| Err(Error::Unavailable(why)))
    }

    /// Says that the command waits, unless the result is dropped before [`QUIET`] has passed.
    fn waiting(&self) -> Sender<()> {
        let (done, wait) = channel::<()>();
        let waits = self.waits;
        std::thread::spawn(move || {
            if wait.recv_timeout(QUIET) == Err(RecvTimeoutError::Timeout) {
                waits();
            }
        });
        done
    }
}

/// Tries again while the database is busy. Any other error is returned at once.
fn patiently<T>(
    mut attempt: impl FnMut() -> std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Err(why)
                if BUSY.iter().any(|busy| why.contains(busy)) && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(AGAIN);
            }
            done => return done,
        }
    }
}
