//! Transactions and savepoints, the same for both databases.

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};

use super::connection::DbConnection;
use super::error::Result;

/// Runs `work` in one transaction. When this returns `Ok`, everything it did is durable. When it
/// returns `Err`, nothing of it remains, unless only the answer to the commit was lost.
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
            <DbConnection as diesel::Connection>::TransactionManager::commit_transaction(
                connection,
            )
            .map_err(super::Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // If this fails, the pool sees an open transaction and closes the connection.
            let _ = <DbConnection as diesel::Connection>::TransactionManager::rollback_transaction(
                connection,
            );
            Err(error)
        }
    }
}

/// Takes SQLite's write lock at once, so that a read before a write can't make the write fail.
fn begin(connection: &mut DbConnection) -> Result<()> {
    match connection {
        DbConnection::Sqlite(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?
        }
        DbConnection::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

/// Prepares a transaction with very many rows, before it begins: statements may take longer, and
/// SQLite caches more in memory. (With its usual 2 MB it would write and read the pages of each
/// index again and again.)
pub(super) fn expect_many(connection: &mut DbConnection) -> Result<()> {
    match connection {
        DbConnection::Sqlite(c) => c.batch_execute("PRAGMA cache_size = -262144")?,
        DbConnection::Postgres(c) => c.batch_execute(
            "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'",
        )?,
    }
    Ok(())
}

/// Lets the statements of this transaction run longer than people usually wait, because they change
/// very many rows. (SQLite has no limit for statements.)
pub fn take_time(connection: &mut DbConnection) -> Result<()> {
    if let DbConnection::Postgres(c) = connection {
        c.batch_execute("SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '30s'")?;
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

/// Runs one statement so that the transaction can go on if it fails. Without the savepoint,
/// PostgreSQL would refuse every statement after an error.
pub(super) fn savepoint<T>(
    connection: &mut DbConnection,
    statement: impl FnOnce(&mut DbConnection) -> diesel::QueryResult<T>,
) -> Result<T> {
    let mut first = None;
    let done = connection.transaction(|connection| {
        statement(connection).map_err(|error| {
            first = Some(error);
            diesel::result::Error::RollbackTransaction
        })
    });
    // Where SQLite has rolled everything back, rolling back to the savepoint fails, too, and its
    // error says only that. So the first error is the one to return.
    done.map_err(|error| first.unwrap_or(error).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::connection::{Manager, Use};
    use crate::db::{DatabaseUrl, Db, Error};

    #[test]
    fn of_two_errors_the_first_is_told_also_when_sqlite_took_everything_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("keyrack.db"));
        let db = Db::new(&url);
        db.migrate_blocking().unwrap();
        let mut opened = Manager::new(&url, Use::Write).open().unwrap();
        let DbConnection::Sqlite(sqlite) = &mut opened.connection else { panic!("SQLite") };
        let full = "CREATE TRIGGER full BEFORE INSERT ON settings \
                    BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END";
        sqlite.batch_execute(full).unwrap();
        let told = transaction(&mut opened.connection, |connection| {
            crate::db::settings::get_or_insert(connection, "name", b"value")
        });
        let told = told.unwrap_err();
        assert!(matches!(&told, Error::Unavailable(why) if why.contains("is full")), "{told}");
    }
}
