//! A database for one test: a file in a folder of its own, or a new database in the throw-away
//! PostgreSQL that `scripts/test` starts.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use keyrack::db::Db;
use tempfile::TempDir;

/// A database that is removed when dropped.
pub struct TestDatabase {
    pub folder: TempDir,
    url: String,
    postgres: Option<(String, String)>,
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A new SQLite file with today's schema, and below it the name of a PostgreSQL database with it.
/// Copying one takes a fraction of the time of all migrations.
static MIGRATED_FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let database = TestDatabase::sqlite();
    database.migrate();
    std::fs::read(&database.url).unwrap()
});
static MIGRATED_NAME: LazyLock<String> = LazyLock::new(|| {
    let database = TestDatabase::new();
    database.migrate();
    let (_, name) = database.postgres.clone().unwrap();
    std::mem::forget(database); // it is removed with the throw-away server
    name
});

impl TestDatabase {
    /// An empty database.
    pub fn new() -> Self {
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(server) => Self::postgres(server, ""),
            Err(_) => Self::sqlite(),
        }
    }

    /// A database with today's schema, as if it had been migrated.
    pub fn migrated() -> Self {
        if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
            return Self::postgres(
                server,
                &format!("TEMPLATE {} STRATEGY FILE_COPY", *MIGRATED_NAME),
            );
        }
        let database = Self::sqlite();
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&database.url);
        file.unwrap().write_all(&MIGRATED_FILE).unwrap();
        database
    }

    fn postgres(server: String, how: &str) -> Self {
        let name =
            format!("keyrack_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        admin(&server, &format!("CREATE DATABASE {name} {how}"));
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Self { folder: TempDir::new().unwrap(), url, postgres: Some((server, name)) }
    }

    fn migrate(&self) {
        let db = Db::new(&self.url.parse().unwrap());
        db.migrate_blocking().unwrap();
        db.settle_blocking();
    }

    /// A database that is made and removed elsewhere.
    pub fn at(url: String) -> Self {
        Self { folder: TempDir::new().unwrap(), url, postgres: None }
    }

    /// An SQLite file, whatever database the other tests run on.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = folder.path().join("keyrack.db").to_str().unwrap().to_owned();
        Self { folder, url, postgres: None }
    }

    /// The URL for `--database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file, if it is SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        (!self.is_postgres()).then(|| self.url.clone().into())
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }

    /// Runs SQL behind the server's back.
    pub fn execute(&self, sql: &str) {
        if self.is_postgres() {
            PgConnection::establish(&self.url).unwrap().batch_execute(sql).unwrap();
        } else {
            let mut connection = diesel::SqliteConnection::establish(&self.url).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            connection.batch_execute(sql).unwrap();
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.postgres {
            admin(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        // These hold whatever the test did. Some tests leave no database, or one that can't be
        // read.
        if !std::thread::panicking()
            && self.file().is_some_and(|file| file.is_file())
            && let (Ok(stale), Ok(astray)) = (self.stale(), self.astray())
        {
            assert!(stale.is_empty(), "the verifier reads what is not so: {stale:?}");
            assert!(
                astray.is_empty(),
                "keys of another project than their environment: {astray:?}"
            );
        }
    }
}

fn admin(server: &str, sql: &str) {
    PgConnection::establish(server).unwrap().batch_execute(sql).unwrap();
}
