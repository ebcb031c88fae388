//! One connection to either database, and how it is opened.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{self, R2D2Connection};
use diesel::{Connection as _, PgConnection, SqliteConnection};

use super::error::Result;
use super::url::DatabaseUrl;

/// A connection that speaks to whichever database the URL named.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// Embedded.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

/// What a connection is for: only a writer may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Queries.
    Read,
    /// Transactions.
    Write,
    /// Looking up keys for the verifier: short statements that must answer within its deadline.
    Verify,
}

/// An acknowledged write survives a power cut (FULL, see sqlite.org/pragma.html#pragma_synchronous);
/// readers and the writer do not block each other (WAL). Waiting for another process's lock ends
/// before the deadlines of [`super::Db`].
const SQLITE: &str = "PRAGMA busy_timeout = 1500; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                      PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";

/// A dead peer is noticed within seconds (PostgreSQL manual, 34.1.2).
const LIBPQ: &str = "connect_timeout=2&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2\
                     &keepalives_count=2&application_name=keyrack";

/// Opens connections for r2d2. The scheme of the URL decides: diesel's derived `establish` would try
/// one database after the other.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) purpose: Use,
}

impl Manager {
    fn sqlite(&self, path: &Path) -> diesel::ConnectionResult<SqliteConnection> {
        let bad = |e: io::Error| diesel::ConnectionError::BadConnection(e.to_string());
        // Keys' digests and password hashes are nobody else's business: 0600, also for -wal and -shm.
        OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop).or_else(|e| {
            // A reader may go on with a file that can't be written.
            if self.purpose != Use::Write && path.exists() { Ok(()) } else { Err(bad(e)) }
        })?;
        let name = path.to_str().ok_or_else(|| bad(io::Error::other("the file name is not UTF-8")))?;
        // A relative name that looks like a URI must not be read as one.
        let name = if path.is_absolute() { name.to_owned() } else { format!("./{name}") };
        let mut connection = SqliteConnection::establish(&name)?;
        connection.batch_execute(SQLITE).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        if self.purpose != Use::Write {
            connection.batch_execute("PRAGMA query_only = ON").map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(connection)
    }

    fn postgres(&self, url: &str) -> diesel::ConnectionResult<PgConnection> {
        // libpq lets a later parameter win, so what the URL itself says goes last.
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut connection = PgConnection::establish(&format!("{base}?{LIBPQ}&{query}"))?;
        // The server gives up a little before we do; English, because messages are all diesel keeps.
        let settings = match self.purpose {
            // The generic plan: re-planning `= ANY($1)` costs two thirds of the rate.
            Use::Verify => "SET statement_timeout = 900; SET plan_cache_mode = force_generic_plan;",
            Use::Read => "SET statement_timeout = 1900; SET default_transaction_read_only = on;",
            Use::Write => "SET statement_timeout = 1900; SET idle_in_transaction_session_timeout = 5000;",
        };
        connection
            .batch_execute(&format!("SET lc_messages = 'C'; SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'; {settings}"))
            .or_else(|_| {
                // Only a superuser may set lc_messages.
                connection.batch_execute(&format!("SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'; {settings}"))
            })
            .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = DbConnection;
    type Error = r2d2::Error;

    fn connect(&self) -> std::result::Result<DbConnection, r2d2::Error> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => self.sqlite(path).map(DbConnection::Sqlite),
            DatabaseUrl::Postgres(url) => self.postgres(url).map(DbConnection::Postgres),
        }
        .map_err(r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut DbConnection) -> std::result::Result<(), r2d2::Error> {
        connection.ping().map_err(r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// Runs `work` in one transaction: everything it did is durable when this returns `Ok`, and nothing
/// of it is left when it returns `Err` (but for a commit whose answer was lost).
pub fn transaction<T, E>(
    connection: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> std::result::Result<T, E>,
) -> std::result::Result<T, E>
where
    E: From<super::Error>,
{
    begin(connection)?;
    match work(connection) {
        Ok(value) => {
            <DbConnection as diesel::Connection>::TransactionManager::commit_transaction(connection).map_err(super::Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // If this fails, the pool sees an open transaction and closes the connection.
            let _ = <DbConnection as diesel::Connection>::TransactionManager::rollback_transaction(connection);
            Err(error)
        }
    }
}

/// SQLite takes the write lock at once, so that a read in front of a write can't make it fail.
fn begin(connection: &mut DbConnection) -> Result<()> {
    match connection {
        DbConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        DbConnection::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

/// Moves SQLite's write-ahead log into the database file.
pub(super) fn settle(connection: &mut DbConnection) -> Result<()> {
    if let DbConnection::Sqlite(c) = connection {
        c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
    }
    Ok(())
}

/// Runs one statement so that the transaction around it can go on when it fails: PostgreSQL would
/// refuse everything after an error.
pub(super) fn savepoint<T>(
    connection: &mut DbConnection,
    statement: impl FnOnce(&mut DbConnection) -> diesel::QueryResult<T>,
) -> Result<T> {
    Ok(connection.transaction(statement)?)
}
