//! The schema: it is part of the binary, and is brought up to date at start.

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::before_migration;
use super::connection::{DbConnection, Manager, Use};
use super::error::Error;
use super::schema::sqlite_master;
use super::transaction::transaction;
use super::url::DatabaseUrl;
use super::{Lock, lock};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database knows a migration that this binary does not.
    #[error(
        "the database was made by a newer Keyrack (it has the migration {0}); use that version or a newer one"
    )]
    Newer(String),
    /// The database has not been migrated yet.
    #[error("there is nothing of Keyrack in it yet; run keyrack migrate first")]
    Empty,
    #[error("its schema is of an older Keyrack; run keyrack migrate first")]
    Older,
    /// The database can't be reached now, but may be later.
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Failed(String),
}

impl From<Error> for MigrateError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(reason) => Self::Unavailable(reason),
            Error::Outdated(_) | Error::Conflict(_) | Error::Internal(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

/// Runs the missing migrations and returns their names. Several processes may call this at once:
/// the transaction on SQLite, or a lock on PostgreSQL, lets only one of them through.
pub(super) fn run(manager: &Manager) -> Result<Vec<String>, MigrateError> {
    let connection = &mut manager.to(Use::Migrate).open()?.connection;
    if let DbConnection::Postgres(c) = connection {
        require_utf8(c)?;
    }
    transaction(connection, |connection| {
        lock(connection, Lock::Migrations)?;
        match connection {
            DbConnection::Sqlite(c) => {
                if is_foreign(c)? {
                    return Err(MigrateError::Failed("it belongs to another program".to_owned()));
                }
                run_on(c, SQLITE, |first| match &manager.url {
                    DatabaseUrl::Sqlite(file) => before_migration::keep(file, first),
                    DatabaseUrl::Postgres(_) => Ok(()),
                })
            }
            DbConnection::Postgres(c) => run_on(c, POSTGRES, |_| Ok(())),
        }
    })
}

/// Returns an error if the schema is not the current one. Only reads.
pub(super) fn require(connection: &mut DbConnection) -> Result<(), MigrateError> {
    let is_there = match connection {
        DbConnection::Sqlite(c) => {
            if is_foreign(c)? {
                return Err(MigrateError::Failed("it belongs to another program".to_owned()));
            }
            let there = "SELECT name AS value FROM sqlite_master \
                         WHERE name = '__diesel_schema_migrations'";
            !strings(connection, there)?.is_empty()
        }
        DbConnection::Postgres(_) => {
            let there = "SELECT 'there' AS value \
                         WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL";
            !strings(connection, there)?.is_empty()
        }
    };
    if !is_there {
        return Err(MigrateError::Empty);
    }
    let applied = strings(connection, "SELECT version AS value FROM __diesel_schema_migrations")?;
    let known = match connection {
        DbConnection::Sqlite(_) => refuse_newer::<Sqlite>(&SQLITE, &applied)?,
        DbConnection::Postgres(_) => refuse_newer::<Pg>(&POSTGRES, &applied)?,
    };
    if known.iter().all(|version| applied.contains(version)) {
        return Ok(());
    }
    Err(if applied.is_empty() { MigrateError::Empty } else { MigrateError::Older })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

fn strings(connection: &mut DbConnection, sql: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Row> = diesel::sql_query(sql).load(connection)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

/// The migrations that this Keyrack knows. An error if the database ran others, too.
fn refuse_newer<DB: Backend>(
    source: &EmbeddedMigrations,
    applied: &[String],
) -> Result<Vec<String>, MigrateError> {
    let known = MigrationSource::<DB>::migrations(source)
        .map_err(|e| MigrateError::Failed(e.to_string()))?;
    let known: Vec<String> = known.iter().map(|m| m.name().version().to_string()).collect();
    match applied.iter().find(|version| !known.contains(version)) {
        Some(newer) => Err(MigrateError::Newer(newer.clone())),
        None => Ok(known),
    }
}

/// The 19 in `20261129000019`.
fn number(version: &str) -> Option<u32> {
    version.get(8..)?.parse().ok()
}

/// With another encoding, some names could not be stored, and with SQL_ASCII not even the masks of
/// keys. (SQLite reads and writes a file in UTF-16 as UTF-8.)
fn require_utf8(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let encoding: Row = diesel::sql_query("SELECT current_setting('server_encoding') AS value")
        .get_result(connection)
        .map_err(Error::from)?;
    if encoding.value == "UTF8" {
        return Ok(());
    }
    Err(MigrateError::Failed(format!(
        "its encoding is {}, and Keyrack needs UTF8; make one with CREATE DATABASE … \
         ENCODING 'UTF8' TEMPLATE template0",
        encoding.value
    )))
}

/// Whether a file has tables, but none of Keyrack's. (On a server, one database may have tables of
/// many programs.)
fn is_foreign(connection: &mut SqliteConnection) -> Result<bool, Error> {
    let tables: Vec<String> = sqlite_master::table
        .filter(sqlite_master::type_.eq("table"))
        .select(sqlite_master::name)
        .load(connection)?;
    Ok(!tables.is_empty() && !tables.iter().any(|name| name == "__diesel_schema_migrations"))
}

fn run_on<DB: Backend, C: MigrationHarness<DB> + BoxableConnection<DB>>(
    connection: &mut C,
    source: EmbeddedMigrations,
    keep: impl FnOnce(u32) -> Result<(), String>,
) -> Result<Vec<String>, MigrateError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| match e.to_string() {
        // Somebody was reading at that moment.
        e if e.contains("lock timeout") => MigrateError::Unavailable(e),
        e => MigrateError::Failed(format!("the migration failed: {e}")),
    };
    let applied = connection.applied_migrations().map_err(failed)?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    refuse_newer::<DB>(&source, &applied)?;
    let pending = connection.pending_migrations(source).map_err(failed)?;
    let first = pending.first().and_then(|first| number(&first.name().version().to_string()));
    if let (Some(first), false) = (first, applied.is_empty()) {
        keep(first).map_err(MigrateError::Failed)?;
    }
    let mut ran = Vec::new();
    for migration in pending {
        // `run_migration` would open a savepoint of its own. Where SQLite has rolled everything
        // back, its error would say only that the savepoint is gone, and not why.
        migration.run(connection).map_err(failed)?;
        let version = migration.name().version().to_string();
        let note = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')");
        connection.batch_execute(&note).map_err(|e| failed(e.into()))?;
        ran.push(version);
    }
    Ok(ran)
}
