//! The handle of the database: the way from async code to a connection and back, in bounded time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::connection::{DbConnection, Manager, Opened, Use};
use super::contract;
use super::error::{Error, Result};
use super::migrations::{self, MigrateError};
use super::pool::Pool;
use super::transaction;
use super::url::DatabaseUrl;
use super::write_ahead_log::Shortener;

/// How long a page or a command waits for the database, in total.
const DEADLINE: Duration = Duration::from_secs(2);
/// The same for changes of very many rows.
const LONG_DEADLINE: Duration = Duration::from_secs(30);
/// Reads and writes that may wait at the same time. More are refused at once.
const WAITING: usize = 256;
/// Connections of one process. SQLite allows many readers and one writer. PostgreSQL has
/// `max_connections` = 100 by default, which all replicas share.
const READERS: u32 = 4;
const POSTGRES_WRITERS: u32 = 4;
/// When an old connection fails sooner than this, a new one is tried: the old one may have broken
/// while the database was away. After a longer time the deadline leaves no room for a second try.
const TRY_AGAIN: Duration = Duration::from_millis(300);

/// The pause before a starting process looks again whether another one has set up the new file.
const LOCKED: Duration = Duration::from_millis(20);

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Pool,
    writers: Pool,
    verifier: Manager,
    log: Shortener,
    waiting: Arc<Semaphore>,
}

impl Db {
    /// Prepares the pools; connects only when asked for something.
    pub fn new(url: &DatabaseUrl) -> Self {
        let verifier = Manager::new(url, Use::Verify);
        let writers = match url {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => POSTGRES_WRITERS,
        };
        Self {
            readers: Pool::new(verifier.to(Use::Read), READERS),
            writers: Pool::new(verifier.to(Use::Write), writers),
            verifier,
            log: Shortener::new(url),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }

    /// Runs queries on a separate thread, whatever the contract of the database is: a page decides
    /// nothing, and the transaction of a change checks everything again.
    ///
    /// # Errors
    /// What `query` returns; [`Error::Unavailable`] when the database does not answer in time.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(self.readers.clone(), Instant::now() + DEADLINE, query).await
    }

    /// Whether the database answers, and keeps the contract that this process knows.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Outdated`].
    pub async fn ready(&self) -> Result<()> {
        self.read(contract::check).await
    }

    /// Runs `work` in one transaction on a separate thread. When this returns `Ok`, the change is
    /// durable.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Unavailable`] when the database does not answer in time: it is
    /// then unknown whether the write happened.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_until(Instant::now() + DEADLINE, work).await
    }

    /// [`Db::write`] with a longer deadline, for changes of very many rows.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub async fn write_long<T, E>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_until(Instant::now() + LONG_DEADLINE, work).await
    }

    async fn write_until<T, E>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let log = self.log.clone();
        let work = move |connection: &mut DbConnection| {
            let value = promised(connection, work)?;
            log.after_commit(connection);
            Ok(value)
        };
        self.run(self.writers.clone(), deadline, work).await
    }

    /// Takes a thread only together with a connection, so that a database that hangs can't hold
    /// more threads than there are connections.
    async fn run<T, E>(
        &self,
        pool: Pool,
        deadline: Instant,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let Ok(_waiting) = self.waiting.try_acquire() else {
            return Err(Error::Unavailable(
                "too many requests are waiting for the database".to_owned(),
            )
            .into());
        };
        let turn = pool.turn(deadline).await?;
        let job = tokio::task::spawn_blocking(move || work(&mut *pool.get(turn)?));
        match tokio::time::timeout_at(deadline.into(), job).await {
            Ok(Ok(result)) => result,
            Ok(Err(ended)) => match ended.try_into_panic() {
                Ok(panicked) => std::panic::resume_unwind(panicked),
                Err(_) => Err(Error::Unavailable("the server is stopping".to_owned()).into()),
            },
            Err(_) => Err(Error::Unavailable("no answer in time".to_owned()).into()),
        }
    }

    /// [`Db::write`] for code that may block.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let turn = self.writers.turn_blocking(Instant::now() + DEADLINE)?;
        let mut writer = self.writers.get(turn)?;
        let value = promised(&mut writer, work)?;
        self.log.after_commit(&mut writer);
        Ok(value)
    }

    /// [`Db::read`] for code that may block.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let turn = self.readers.turn_blocking(Instant::now() + DEADLINE)?;
        query(&mut *self.readers.get(turn)?)
    }

    /// Brings the schema up to date; several processes may do so at the same time. Nothing else
    /// creates a database file where there is none.
    ///
    /// # Errors
    /// [`MigrateError`]; a first connection that fails says why.
    pub fn migrate_blocking(&self) -> std::result::Result<Vec<String>, MigrateError> {
        let begun = Instant::now();
        loop {
            match migrations::run(&self.verifier) {
                // Two processes are setting up WAL in a new file. SQLite tells one of them at once,
                // without its usual wait, because both of them waiting would be a deadlock.
                Err(MigrateError::Unavailable(reason))
                    if reason.contains("is locked") && begun.elapsed() < DEADLINE =>
                {
                    std::thread::sleep(LOCKED);
                }
                done => return done,
            }
        }
    }

    /// Moves SQLite's write-ahead log into the database and empties it, before the process ends. If
    /// somebody then replaces the database with a backup and forgets the log beside it, SQLite
    /// would play the old log into the backup (sqlite.org/howtocorrupt.html, 1.4).
    pub fn settle_blocking(&self) {
        let settle = || {
            let turn = self.writers.turn_blocking(Instant::now() + DEADLINE)?;
            transaction::settle(&mut *self.writers.get(turn)?)
        };
        if let Err(error) = settle() {
            tracing::warn!(%error, "the write-ahead log was not emptied; the next start reads it");
        }
    }

    /// A separate connection for looking up keys. It is opened when it is first used.
    pub fn reader(&self) -> Reader {
        Reader { manager: self.verifier.clone(), opened: None }
    }
}

/// A transaction under the contract that this process knows, from its first statement to its last.
/// A process that does not know the contract must not write what newer ones would refuse.
pub(super) fn promised<T, E: From<Error>>(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    transaction::transaction(connection, |connection| {
        contract::hold(connection)?;
        work(connection)
    })
}

/// A connection outside the pools, for one thread. It is opened again after an error.
pub struct Reader {
    manager: Manager,
    opened: Option<Opened>,
}

impl Reader {
    /// Runs `query`. Each of its statements is a transaction of its own.
    ///
    /// # Errors
    /// What `query` returns, and [`Error::Unavailable`] when there is no connection.
    pub fn read<T>(&mut self, query: impl Fn(&mut DbConnection) -> Result<T>) -> Result<T> {
        if let Some(mut opened) = self.opened.take()
            && self.manager.is_current(&opened)
        {
            let begun = Instant::now();
            match query(&mut opened.connection) {
                // The connection is good.
                found @ (Ok(_) | Err(Error::Outdated(_))) => {
                    self.opened = Some(opened);
                    return found;
                }
                Err(error) if begun.elapsed() > TRY_AGAIN => return Err(error),
                Err(_) => {}
            }
        }
        let mut opened = self.manager.open()?;
        let found = query(&mut opened.connection);
        if matches!(found, Ok(_) | Err(Error::Outdated(_))) {
            self.opened = Some(opened);
        }
        found
    }
}
