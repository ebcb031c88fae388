//! The pools, and the way from async code to a connection and back in bounded time.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{self, ManageConnection, Pool, PooledConnection};
use tokio::sync::Semaphore;

use super::connection::{self, DbConnection, Manager, Use, transaction};
use super::error::{Error, Result};
use super::migrations::{self, MigrateError};
use super::url::DatabaseUrl;

/// How long a page or a command waits for the database in all.
const DEADLINE: Duration = Duration::from_secs(2);
/// Reads and writes that may wait at once; more are refused without waiting.
const WAITING: usize = 256;
/// Connections a process: SQLite lets many read and one write; PostgreSQL has `max_connections` = 100
/// by default, to be shared with other replicas.
const READERS: u32 = 4;
const POSTGRES_WRITERS: u32 = 4;

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    verifier: Manager,
    waiting: Arc<Semaphore>,
}

impl Db {
    /// Prepares the pools; connects only when asked for something.
    pub fn new(url: &DatabaseUrl) -> Self {
        let manager = |purpose| Manager { url: url.clone(), purpose };
        let pool = |purpose, size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .connection_timeout(DEADLINE)
                .test_on_check_out(true)
                .error_handler(Box::new(LogConnectErrors))
                .build_unchecked(manager(purpose))
        };
        let writers = match url {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => POSTGRES_WRITERS,
        };
        Self {
            readers: pool(Use::Read, READERS),
            writers: pool(Use::Write, writers),
            verifier: manager(Use::Verify),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }

    /// Runs queries on a thread of their own.
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
        self.run(self.readers.clone(), query).await
    }

    /// Runs `work` in one transaction, on a thread of its own. When this returns `Ok` it is durable.
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
        self.run(self.writers.clone(), |connection| transaction(connection, work)).await
    }

    async fn run<T, E>(
        &self,
        pool: Pool<Manager>,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let Ok(permit) = self.waiting.clone().try_acquire_owned() else {
            return Err(Error::Unavailable("too many requests are waiting for the database".to_owned()).into());
        };
        let job = tokio::task::spawn_blocking(move || {
            let _permit = permit; // kept while the thread is busy, even when nobody waits any more
            work(&mut *get(&pool)?)
        });
        match tokio::time::timeout(DEADLINE, job).await {
            Ok(Ok(result)) => result,
            Ok(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            Err(_) => Err(Error::Unavailable("no answer in time".to_owned()).into()),
        }
    }

    /// [`Db::write`] for code that may block: the command line.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        transaction(&mut *get(&self.writers)?, work)
    }

    /// [`Db::read`] for code that may block: the command line.
    ///
    /// # Errors
    /// As for [`Db::read`].
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        query(&mut *get(&self.readers)?)
    }

    /// Brings the schema up to date; safe when several processes start at once.
    ///
    /// # Errors
    /// [`MigrateError`]; a first connection that fails says why.
    pub fn migrate_blocking(&self) -> std::result::Result<Vec<String>, MigrateError> {
        // Straight from the manager: the pool would only say that it timed out.
        let manager = Manager { purpose: Use::Write, ..self.verifier.clone() };
        let mut connection = manager.connect().map_err(|e| Error::Unavailable(e.to_string()))?;
        migrations::run(&mut connection)
    }

    /// Before the process ends: moves what is in SQLite's write-ahead log into the database and empties
    /// the log. If somebody then copies a backup over the database and forgets the log, an old log would
    /// be played into it (sqlite.org/howtocorrupt.html, 1.4).
    pub fn settle_blocking(&self) {
        if let Ok(mut connection) = get(&self.writers)
            && let Err(error) = connection::settle(&mut connection)
        {
            tracing::warn!(%error, "the write-ahead log was not emptied; the next start reads it");
        }
    }

    /// A connection of one's own for looking up keys, opened at its first use.
    pub fn reader(&self) -> Reader {
        Reader { manager: self.verifier.clone(), connection: None }
    }
}

fn get(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>> {
    pool.get().map_err(|e| Error::Unavailable(e.to_string()))
}

/// A connection outside the pools, for one thread, that is opened again after an error.
pub struct Reader {
    manager: Manager,
    connection: Option<DbConnection>,
}

impl Reader {
    /// Runs `query`; each of its statements is a transaction of its own.
    ///
    /// # Errors
    /// What `query` returns, and [`Error::Unavailable`] when there is no connection.
    pub fn read<T>(&mut self, query: impl Fn(&mut DbConnection) -> Result<T>) -> Result<T> {
        // An old connection may have died with a database that is back by now: try a fresh one.
        if let Some(mut connection) = self.connection.take()
            && let Ok(value) = query(&mut connection)
        {
            self.connection = Some(connection);
            return Ok(value);
        }
        let mut connection = self.manager.connect().map_err(|e| Error::Unavailable(e.to_string()))?;
        let value = query(&mut connection)?;
        self.connection = Some(connection);
        Ok(value)
    }
}

/// r2d2's own handler logs through `log`, which nobody reads here.
#[derive(Debug)]
struct LogConnectErrors;

impl r2d2::HandleError<r2d2::Error> for LogConnectErrors {
    fn handle_error(&self, error: r2d2::Error) {
        tracing::warn!(%error, "no connection to the database");
    }
}
