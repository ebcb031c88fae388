//! One connection to either database, and how it is opened.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection as _, ConnectionError, PgConnection, SqliteConnection};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rustix::fs::{Access, access};

use super::error::{Error, Result};
use super::url::DatabaseUrl;
use super::write_ahead_log;

/// A connection to the database that the URL names.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The purpose of a connection. Only a writer may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Read,
    Write,
    /// Looks up keys for the verifier, with short statements that must answer within its deadline.
    Verify,
    /// Copies an SQLite file, which `PRAGMA query_only` would forbid.
    Copy,
    /// Changes the schema. Only this may create a file: if the file of a running server is gone,
    /// that is a fault, and a new empty file in its place would hide it.
    Migrate,
}

/// With `FULL`, an acknowledged write survives a power cut
/// (sqlite.org/pragma.html#pragma_synchronous). With WAL, readers and the writer do not block each
/// other.
const SQLITE: &str =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";
const LOG: &str = "PRAGMA journal_mode = WAL;";

/// SQLite keeps temporary data for rollbacks and sorting in memory, because a container may have no
/// folder for temporary files (sqlite.org/tempfiles.html, 5).
const NO_TEMPORARY_FILES: &str = "PRAGMA temp_store = MEMORY;";

/// How long SQLite waits for the lock of another process, in milliseconds. It is less than the
/// deadline of a page; the verifier waits a third of it, which is less than its own deadline.
pub(super) const WAIT: u32 = 1500;

/// The same for a command, which has no deadline to meet.
const PATIENCE: u32 = 30_000;

/// A cell that a flipped bit made too large is noticed when its page is read, before a write
/// spreads the damage (sqlite.org/pragma.html#pragma_cell_size_check).
const CHECKED: &str = "PRAGMA cell_size_check = ON;";

/// What a reader caches of the file, in KiB (sqlite.org/pragma.html#pragma_cache_size). It is small
/// because every commit makes the cache worthless. The memory is then freed one page at a time, and
/// by another thread each time, which fragments the memory of the process.
const SMALL: &str = "PRAGMA cache_size = -256;";

/// What the verifier caches of the file, in KiB: the upper pages of the table of a million keys.
/// Its pages are not [`CHECKED`], because checking all cells of a page to read a single one took
/// half of the time. Reading the file in place (sqlite.org/mmap.html) is as fast only while nobody
/// writes: SQLite maps the whole file again after each commit, and one request in a hundred waited
/// 10 to 30 ms for that. It would also end the process when the disk can't be read.
const UPPER_PAGES: &str = "PRAGMA cache_size = -1000;";

/// With these settings a dead peer is noticed within seconds (PostgreSQL manual, 34.1.2).
const LIBPQ: &str = "connect_timeout=2&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2\
                     &keepalives_count=2&application_name=keyrack";

/// The characters that have a meaning in the path of an SQLite URI (sqlite.org/uri.html, 3.1).
const URI_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// A connection, with the identity of the file that it has open.
pub(super) struct Opened {
    pub(super) connection: DbConnection,
    file: Option<FileId>,
}

/// Device and inode. They tell the same file under another name from another file under the same
/// name.
type FileId = (u64, u64);

/// Opens connections. The scheme of the URL decides which database it is; diesel's derived
/// `establish` would try one after the other.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) purpose: Use,
    /// Commands wait where a server would refuse.
    patient: bool,
    /// The file that this process opened last.
    seen: Arc<Mutex<Option<FileId>>>,
}

impl Manager {
    pub(super) fn new(url: &DatabaseUrl, purpose: Use) -> Self {
        Self { url: url.clone(), purpose, patient: false, seen: Arc::default() }
    }

    pub(super) fn patient(url: &DatabaseUrl) -> Self {
        Self { patient: true, ..Self::new(url, Use::Read) }
    }

    /// The same database, for another purpose.
    pub(super) fn to(&self, purpose: Use) -> Self {
        Self { purpose, ..self.clone() }
    }

    pub(super) fn open(&self) -> Result<Opened> {
        let opened = match &self.url {
            DatabaseUrl::Sqlite(path) => self.sqlite(path),
            DatabaseUrl::Postgres(url) => self.postgres(url),
        };
        opened.map_err(|e| Error::Unavailable(e.to_string()))
    }

    /// Whether this connection still reads what the URL names. A process that has an SQLite file
    /// open can go on reading it after the file was removed or replaced. Keys that were deleted
    /// since would stay valid there, and new keys would be lost.
    pub(super) fn is_current(&self, opened: &Opened) -> bool {
        match &self.url {
            DatabaseUrl::Sqlite(path) => opened.file.is_some() && opened.file == file_id(path).ok(),
            DatabaseUrl::Postgres(_) => true,
        }
    }

    fn sqlite(&self, path: &Path) -> diesel::ConnectionResult<Opened> {
        let bad = |e: io::Error| ConnectionError::BadConnection(explain(path, &e));
        let writes = matches!(self.purpose, Use::Write | Use::Migrate);
        if writes {
            // Created here and not by SQLite, whose error would not say why it failed. The mode is
            // 0600, which -wal and -shm take over, because keys' digests and password hashes are in
            // these files.
            OpenOptions::new()
                .create(self.purpose == Use::Migrate)
                .append(true)
                .mode(0o600)
                .open(path)
                .map_err(bad)?;
        }
        let file = file_id(path).map_err(bad)?;
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|seen| seen != file) && write_ahead_log::length(path) > 0 {
            // The log belongs to the file that was here before. SQLite can't know that: it would
            // play the log into this file, or remove it and with it the last writes of the other
            // file.
            let hint = "the database file was replaced, and beside it is the -wal of the one before; put that one back, or remove the -wal";
            return Err(ConnectionError::BadConnection(hint.to_owned()));
        }
        let absolute = std::path::absolute(path).map_err(bad)?;
        let name =
            absolute.to_str().ok_or_else(|| bad(io::Error::other("the file name is not UTF-8")))?;
        // With `rw`, SQLite does not create a file if ours is removed at this moment.
        let only_reads = self.patient && matches!(self.purpose, Use::Read | Use::Copy);
        let mode = if only_reads && is_still(path) { "ro&immutable=1" } else { "rw" };
        let mut connection = SqliteConnection::establish(&format!(
            "file:{}?mode={mode}",
            utf8_percent_encode(name, URI_PATH)
        ))?;
        let wait = match self.purpose {
            _ if self.patient => PATIENCE,
            Use::Verify => WAIT / 3,
            Use::Read | Use::Write | Use::Copy | Use::Migrate => WAIT,
        };
        let settings = match self.purpose {
            Use::Verify => format!("{UPPER_PAGES} PRAGMA query_only = ON"),
            Use::Read => format!("{CHECKED} {SMALL} PRAGMA query_only = ON"),
            Use::Write | Use::Copy | Use::Migrate => CHECKED.to_owned(),
        };
        // A command that only reads leaves the file as it is: it may belong to another program.
        let log = if only_reads { "" } else { LOG };
        connection
            .batch_execute(&format!(
                "PRAGMA busy_timeout = {wait}; {NO_TEMPORARY_FILES} {log} {SQLITE} {settings}"
            ))
            .map_err(|e| match access(folder_of(path), Access::WRITE_OK) {
                Err(why) if writes => ConnectionError::BadConnection(format!(
                    "SQLite keeps its log beside it, and the folder {} can't be written: {why}",
                    folder_of(path).display()
                )),
                _ => ConnectionError::CouldntSetupConfiguration(e),
            })?;
        if file_id(path).map_err(bad)? != file {
            return Err(ConnectionError::BadConnection(
                "the database file was replaced this moment".to_owned(),
            ));
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(Opened { connection: DbConnection::Sqlite(connection), file: Some(file) })
    }

    fn postgres(&self, url: &str) -> diesel::ConnectionResult<Opened> {
        // With libpq a later parameter wins, so the parameters of the URL come last.
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let wait = if self.patient { "&connect_timeout=30" } else { "" };
        let mut connection = PgConnection::establish(&format!("{base}?{LIBPQ}{wait}&{query}"))?;
        // The server gives up a little before our own deadline. The messages are in English,
        // because a message is all that diesel keeps of an error.
        let settings = match self.purpose {
            // The generic plan, because planning `= ANY($1)` each time costs two thirds of the
            // rate. Index scans and nested loops only: the planner does not know that there are few
            // keys, and would merge them with all environments, or read a whole table for each
            // batch if the table is small or was when the plan was made. Without JIT: a plan that
            // has to use a forbidden step costs 10^10, for which PostgreSQL would compile it at
            // each execution, and that takes a hundred times as long as the lookup (PostgreSQL
            // manual, 32.2).
            Use::Verify => {
                "SET statement_timeout = 800; SET plan_cache_mode = force_generic_plan; SET jit = off; \
                 SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
            }
            Use::Read | Use::Copy if self.patient => {
                "SET statement_timeout = '60s'; SET default_transaction_read_only = on;"
            }
            Use::Read | Use::Copy => {
                "SET statement_timeout = 1900; SET default_transaction_read_only = on;"
            }
            Use::Write if self.patient => {
                "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s';"
            }
            Use::Write => {
                "SET statement_timeout = 1900; SET idle_in_transaction_session_timeout = 5000;"
            }
            // A migration may take as long as it needs, but while it waits for a lock it holds up
            // everybody else.
            Use::Migrate => "SET statement_timeout = 0; SET lock_timeout = 1900;",
        };
        connection
            .batch_execute(&format!("SET lc_messages = 'C'; SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'; {settings}"))
            .or_else(|_| {
                // Only a superuser may set lc_messages.
                connection.batch_execute(&format!("SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'; {settings}"))
            })
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Opened { connection: DbConnection::Postgres(connection), file: None })
    }
}

impl ManageConnection for Manager {
    type Connection = Opened;
    type Error = Error;

    fn connect(&self) -> Result<Opened> {
        self.open()
    }

    fn is_valid(&self, opened: &mut Opened) -> Result<()> {
        if self.is_current(opened) {
            Ok(opened.connection.ping()?)
        } else {
            Err(Error::Unavailable("the database file was replaced".to_owned()))
        }
    }

    fn has_broken(&self, opened: &mut Opened) -> bool {
        std::thread::panicking() || opened.connection.is_broken()
    }
}

fn explain(path: &Path, error: &io::Error) -> String {
    let folder = folder_of(path);
    match error.kind() {
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotFound if !folder.exists() => {
            format!("there is no folder {}", folder.display())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem if !path.exists() => {
            format!("the folder {} can't be written: {error}", folder.display())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("it can't be written: {error}")
        }
        _ => error.to_string(),
    }
}

/// Whether nobody seems to be changing the file. Where its folder can't be written to, SQLite can't
/// create a log, and needs none if there is none (sqlite.org/wal.html, 5).
fn is_still(path: &Path) -> bool {
    access(folder_of(path), Access::WRITE_OK).is_err() && !write_ahead_log::is_there(path)
}

/// The folder of a file, as an absolute path.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_default();
    absolute.parent().unwrap_or(Path::new(".")).to_owned()
}

fn file_id(path: &Path) -> io::Result<FileId> {
    let file = std::fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::{Integer, Text};

    use super::*;

    #[derive(QueryableByName)]
    struct TempStore {
        #[diesel(sql_type = Integer)]
        temp_store: i32,
    }

    #[test]
    fn no_connection_needs_a_folder_for_temporary_files() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("keyrack.db"));
        for purpose in [Use::Migrate, Use::Write, Use::Read, Use::Verify] {
            let mut opened = Manager::new(&url, purpose).open().unwrap();
            let set: TempStore =
                diesel::sql_query("PRAGMA temp_store").get_result(&mut opened.connection).unwrap();
            assert_eq!(set.temp_store, 2, "{purpose:?}");
        }
    }

    #[derive(QueryableByName)]
    struct Compiled {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    #[test]
    fn sqlite_is_compiled_as_cargo_s_config_says() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options: Vec<Compiled> =
            diesel::sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
        let has = |wanted| options.iter().any(|option| option.compile_options == wanted);
        assert!(has("THREADSAFE=2") && has("DEFAULT_MEMSTATUS=0"));
        assert!(!has("ENABLE_MEMORY_MANAGEMENT") && !has("ENABLE_API_ARMOR"));
    }
}
