//! A database for one test: a file in a folder of its own, or a new database of the throw-away
//! PostgreSQL that `scripts/test` started.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

/// Removed when dropped.
pub struct TestDatabase {
    pub folder: TempDir,
    url: String,
    postgres: Option<(String, String)>,
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(server) => {
                let name = format!("keyrack_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
                admin(&server, &format!("CREATE DATABASE {name}"));
                let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
                Self { folder, url, postgres: Some((server, name)) }
            }
            Err(_) => {
                let url = folder.path().join("keyrack.db").to_str().unwrap().to_owned();
                Self { folder, url, postgres: None }
            }
        }
    }

    /// A database that somebody else made and removes.
    pub fn at(url: String) -> Self {
        Self { folder: TempDir::new().unwrap(), url, postgres: None }
    }

    /// An SQLite file whatever the other tests run on.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = folder.path().join("keyrack.db").to_str().unwrap().to_owned();
        Self { folder, url, postgres: None }
    }

    /// As for `--database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The SQLite file, when it is one.
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
    }
}

fn admin(server: &str, sql: &str) {
    PgConnection::establish(server).unwrap().batch_execute(sql).unwrap();
}
