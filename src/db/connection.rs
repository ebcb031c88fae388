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

/// A connection that speaks to whichever database the URL named.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a connection is for: only a writer may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Read,
    Write,
    /// Looking up keys for the verifier: short statements that must answer within its deadline.
    Verify,
    /// Copying all of an SQLite file, which `PRAGMA query_only` would forbid.
    Copy,
    /// Changing the schema. The only one that may make a new file: in a server that runs, a file
    /// that is not there any more is a fault, and an empty one in its place would hide it.
    Migrate,
}

/// An acknowledged write survives a power cut (FULL, see
/// sqlite.org/pragma.html#pragma_synchronous); readers and the writer do not block each other
/// (WAL).
const SQLITE: &str =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";
const LOG: &str = "PRAGMA journal_mode = WAL;";

/// What SQLite needs to take a statement back, or to sort, is in memory: a container may have no
/// folder for temporary files (sqlite.org/tempfiles.html, 5).
const NO_TEMPORARY_FILES: &str = "PRAGMA temp_store = MEMORY;";

/// How long to wait for another process's lock, in milliseconds: less than the deadlines of the
/// pages and, a third of it, of the verifier.
pub(super) const WAIT: u32 = 1500;

/// The same for a command, where nobody waits for an answer.
const PATIENCE: u32 = 30_000;

/// A cell that a flipped bit made too large is noticed when its page is read, before it spreads by
/// writing (sqlite.org/pragma.html#pragma_cell_size_check).
const CHECKED: &str = "PRAGMA cell_size_check = ON;";

/// What a reader keeps of the file, in KiB (sqlite.org/pragma.html#pragma_cache_size). Little: each
/// commit makes it worthless, and what is given back then, a page at a time and by another thread
/// each time, fills the memory of the process with holes.
const SMALL: &str = "PRAGMA cache_size = -256;";

/// What the verifier keeps of the file, in KiB: the upper pages of the table of a million keys. Its
/// pages are not [`CHECKED`]: that looks at all cells of a page for the one that is wanted, and
/// took half the time. (Reading the file in place, sqlite.org/mmap.html, is as fast only while
/// nobody writes: after each commit SQLite maps all of it anew, and one request in a hundred waited
/// 10 to 30 ms for that. Where reading the disk fails it ends the process, too.)
const UPPER_PAGES: &str = "PRAGMA cache_size = -1000;";

/// A dead peer is noticed within seconds (PostgreSQL manual, 34.1.2).
const LIBPQ: &str = "connect_timeout=2&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2\
                     &keepalives_count=2&application_name=keyrack";

/// What has a meaning in the path of an SQLite URI (sqlite.org/uri.html, 3.1).
const URI_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// A connection, and the file that it has open.
pub(super) struct Opened {
    pub(super) connection: DbConnection,
    file: Option<FileId>,
}

/// Device and inode: a file by another name is the same, another file by its name is not.
type FileId = (u64, u64);

/// Opens connections. The scheme of the URL decides: diesel's derived `establish` would try one
/// database after the other.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) purpose: Use,
    /// A command waits where a server would refuse.
    patient: bool,
    /// The file that this process had open last.
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

    /// Whether this connection reads what the URL names. An SQLite file that was removed or
    /// replaced stays readable to whoever has it open: keys deleted since would be good for ever
    /// there, and keys created there would be lost.
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
            // Here and not by SQLite, whose message would not say why. Keys' digests and password
            // hashes are nobody else's business: 0600, which -wal and -shm take over.
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
            // It belongs to the file that was here before. SQLite can't know that, and would play
            // it into this one, or remove it, and with it the last writes of the other.
            let hint = "the database file was replaced, and beside it is the -wal of the one before; put that one back, or remove the -wal";
            return Err(ConnectionError::BadConnection(hint.to_owned()));
        }
        let absolute = std::path::absolute(path).map_err(bad)?;
        let name =
            absolute.to_str().ok_or_else(|| bad(io::Error::other("the file name is not UTF-8")))?;
        // `rw`: SQLite does not make a new file when ours goes away this moment.
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
        // A command that reads leaves a file as it is, which may be another program's.
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
        // libpq lets a later parameter win, so what the URL itself says goes last.
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let wait = if self.patient { "&connect_timeout=30" } else { "" };
        let mut connection = PgConnection::establish(&format!("{base}?{LIBPQ}{wait}&{query}"))?;
        // The server gives up a little before we do; English, because messages are all diesel
        // keeps.
        let settings = match self.purpose {
            // The generic plan: re-planning `= ANY($1)` costs two thirds of the rate. By indexes
            // only, one row after the other: the planner does not know that the keys are few, and
            // would merge them with all environments, or read a table that is small (or was, when
            // it planned) to its end for each batch. Uncompiled: what a plan may not do costs 10^10,
            // and where it has to all the same, PostgreSQL compiles it, at each execution anew, which
            // takes a hundred times as long as the lookup (PostgreSQL manual, 32.2).
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
            // It takes what it takes, but who waits for a lock holds up all others meanwhile.
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

/// Whether nobody changes the file, as far as can be seen: where its folder can't be written SQLite
/// can't keep a log, and needs none when there is none (sqlite.org/wal.html, 5).
fn is_still(path: &Path) -> bool {
    access(folder_of(path), Access::WRITE_OK).is_err() && !write_ahead_log::is_there(path)
}

/// The folder that a file is in, by its whole name.
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
