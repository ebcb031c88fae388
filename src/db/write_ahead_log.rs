//! Keeps SQLite's write-ahead log short.
//!
//! SQLite moves the log into the database by itself after commits, but starts the log over only at
//! a moment when nobody reads from it. The verifier reads all the time, so under load that moment
//! may not come for minutes, and meanwhile each reader has more and more to search
//! (sqlite.org/wal.html, 6, "checkpoint starvation").

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;

use super::DatabaseUrl;
use super::connection::{DbConnection, WAIT};

/// In bytes. SQLite itself starts over from 4 MiB on, if it can.
const LONG: u64 = 5 * 1024 * 1024;

/// How long to wait for readers, in milliseconds, and how often; writers wait meanwhile. SQLite
/// looks again at longer and longer intervals, so many short waits find the right moment sooner
/// than a long one.
const PATIENCE: u32 = 10;
const TRIES: usize = 10;

/// Empties the log when it has become long. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shortener {
    /// The database file. `None` on PostgreSQL.
    database: Option<PathBuf>,
    /// How many bytes were left the last time, because somebody was reading for too long.
    left: Arc<AtomicU64>,
}

impl Shortener {
    pub(super) fn new(url: &DatabaseUrl) -> Self {
        let database = match url {
            DatabaseUrl::Sqlite(path) => Some(path.clone()),
            DatabaseUrl::Postgres(_) => None,
        };
        Self { database, left: Arc::default() }
    }

    /// Called after a commit, with the connection that made it.
    pub(super) fn after_commit(&self, connection: &mut DbConnection) {
        let (Some(database), DbConnection::Sqlite(connection)) = (&self.database, connection)
        else {
            return;
        };
        let length = length(database);
        // While somebody reads for minutes, such as a backup, this tries again only when the log
        // has grown by as much again.
        if length < LONG + self.left.load(Ordering::Relaxed).min(length) {
            return;
        }
        // It is not an error if a reader takes longer than that.
        let mut empty = || {
            connection.batch_execute(&format!(
                "PRAGMA busy_timeout = {PATIENCE}; PRAGMA wal_checkpoint(TRUNCATE)"
            ))
        };
        let emptied =
            (0..TRIES).try_for_each(|_| if self::length(database) > 0 { empty() } else { Ok(()) });
        // Restored after an error, too, so that the next write waits as usual.
        if let Err(error) =
            emptied.and(connection.batch_execute(&format!("PRAGMA busy_timeout = {WAIT}")))
        {
            tracing::warn!(%error, "the write-ahead log was not emptied");
        }
        self.left.store(self::length(database), Ordering::Relaxed);
    }
}

/// The size of this database's log in bytes, or 0 if there is none.
pub(super) fn length(database: &Path) -> u64 {
    std::fs::metadata(log(database)).map_or(0, |log| log.len())
}

/// Whether there is a log, even an empty one: then somebody has the database open, or did not close
/// it properly.
pub(super) fn is_there(database: &Path) -> bool {
    log(database).exists()
}

fn log(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use diesel::prelude::*;
    use diesel::sql_query;

    use super::*;
    use crate::db::{Db, Error};

    #[test]
    fn the_log_stays_short_though_there_is_always_somebody_who_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyrack.db");
        let db = Db::new(&DatabaseUrl::Sqlite(file.clone()));
        db.migrate_blocking().unwrap();
        let (done, mut longest) = (AtomicBool::new(false), 0);
        std::thread::scope(|threads| {
            // Their turns overlap.
            for pause in [5, 7, 9] {
                let (mut reader, done) = (db.reader(), &done);
                threads.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        let look = |connection: &mut DbConnection| {
                            connection.transaction(|connection| {
                                sql_query("SELECT * FROM settings").execute(connection)?;
                                std::thread::sleep(Duration::from_millis(pause));
                                Ok::<_, Error>(())
                            })
                        };
                        reader.read(look).unwrap();
                    }
                });
            }
            for _ in 0..200 {
                let write = "INSERT INTO settings (name, value) VALUES (hex(randomblob(8)), zeroblob(200000))";
                db.write_blocking(|connection| {
                    Ok::<_, Error>(sql_query(write).execute(connection)?)
                })
                .unwrap();
                longest = longest.max(length(&file));
            }
            done.store(true, Ordering::Relaxed);
        });
        assert!(longest > LONG / 2 && longest < 4 * LONG, "{longest}");
    }
}
