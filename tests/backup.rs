//! `keyrack backup FILE`, and restoring the copy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};

use crate::support::{ApiClient, PASSWORD, Process, TestDatabase, Verified};

fn run(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = Process::run_with_input(database, arguments, PASSWORD);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn add_key(database: &TestDatabase, name: &str) -> String {
    run(
        database,
        &[
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            "dev",
            "--kind",
            "secret",
            "--name",
            name,
        ],
    )
}

/// A database with Ada and her project.
fn my_blog() -> TestDatabase {
    let database = TestDatabase::migrated();
    run(&database, &["user", "add", "--email", "ada@example.com", "--name", "Ada"]);
    run(&database, &["project", "add", "--name", "My Blog", "--owner", "ada@example.com"]);
    database
}

fn backup(database: &TestDatabase, file: &str) -> Output {
    Process::run(database, &["backup", file])
}

#[track_caller]
fn refused(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert_eq!((out.as_ref(), err.lines().count()), ("", 1), "{err}");
    err.into_owned()
}

/// The files in the folder, besides the database and its log.
fn others(database: &TestDatabase) -> Vec<String> {
    let names = fs::read_dir(database.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("keyrack.db")).collect()
}

#[derive(diesel::QueryableByName)]
struct Check {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

#[tokio::test]
async fn a_backup_under_write_load_has_everything_that_was_answered_before_it() {
    let database = my_blog();
    if database.is_postgres() {
        return;
    }
    let server = Process::serve(&database);
    let deleted = add_key(&database, "deleted");
    let id = run(&database, &["key", "list", "--project", "my-blog"])
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    run(&database, &["key", "delete", "--id", &id]);
    let mut created: Vec<String> =
        (0..5).map(|number| add_key(&database, &format!("before-{number}"))).collect();

    // Writers in separate processes that go on while the copy is made, and report when they are
    // done.
    let stop = Arc::new(AtomicBool::new(false));
    let database = Arc::new(database);
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let (stop, database) = (Arc::clone(&stop), Arc::clone(&database));
            std::thread::spawn(move || {
                let mut keys = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    keys.push(add_key(&database, &format!("during-{writer}-{}", keys.len())));
                }
                keys
            })
        })
        .collect();
    created.push(add_key(&database, "just-before"));
    let output = backup(&database, "saved.db");
    stop.store(true, Ordering::Relaxed);
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let during: Vec<String> =
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    let after = add_key(&database, "after");
    drop(server);

    // Restoring, as `keyrack backup --help` says it.
    let (folder, file) = (database.folder.path(), database.file().unwrap());
    let saved = folder.join("saved.db");
    assert_eq!(fs::metadata(&saved).unwrap().permissions().mode() & 0o777, 0o600);
    for log in ["keyrack.db-wal", "keyrack.db-shm"] {
        let _ = fs::remove_file(folder.join(log)); // the server was killed, and left them
    }
    fs::copy(&saved, &file).unwrap();
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let check: Vec<Check> =
        diesel::sql_query("PRAGMA integrity_check").load(&mut connection).unwrap();
    assert_eq!(
        check.iter().map(|check| check.integrity_check.as_str()).collect::<Vec<_>>(),
        ["ok"]
    );
    drop(connection);

    let server = Process::serve(&database);
    let api = ApiClient::new(&server.origin);
    for key in &created {
        assert_eq!(api.verify(key).await, Verified::Good("admin".to_owned()));
    }
    assert_eq!(api.verify(&deleted).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    assert_eq!(
        api.verify(&after).await,
        Verified::Refused(401, "INVALID_TOKEN".to_owned()),
        "the copy is of its moment"
    );
    // Each key that was made meanwhile is either complete or missing.
    for key in &during {
        assert!(matches!(api.verify(key).await, Verified::Good(_) | Verified::Refused(401, _)));
    }
}

#[tokio::test]
async fn a_backup_copied_over_a_stopped_database_is_what_the_next_start_serves() {
    let database = my_blog();
    if database.is_postgres() {
        return;
    }
    let kept = add_key(&database, "kept");
    let mut server = Process::serve(&database);
    assert!(backup(&database, "saved.db").status.success());
    let lost = add_key(&database, "lost");
    assert_eq!(
        ApiClient::new(&server.origin).verify(&lost).await,
        Verified::Good("admin".to_owned())
    );
    server.terminate();
    // Only the copy must be there, so that no log of the old database is played into it.
    fs::copy(database.folder.path().join("saved.db"), database.file().unwrap()).unwrap();
    let server = Process::serve(&database);
    let api = ApiClient::new(&server.origin);
    assert_eq!(api.verify(&kept).await, Verified::Good("admin".to_owned()));
    assert_eq!(api.verify(&lost).await, Verified::Refused(401, "INVALID_TOKEN".to_owned()));
}

#[test]
fn a_backup_never_overwrites_and_leaves_nothing_behind() {
    let database = my_blog();
    if database.is_postgres() {
        return;
    }
    let folder = database.folder.path();
    fs::write(folder.join("precious"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    for (file, why) in [
        ("precious", "exists already"),
        ("link", "exists already"),
        (".", "exists already"),
        ("no/such/folder", "can't write"),
    ] {
        let said = refused(&backup(&database, file));
        assert!(said.contains(why) && said.contains(file), "{said}");
    }
    assert_eq!(fs::read_to_string(folder.join("precious")).unwrap(), "mine");
    // The source breaks in the middle.
    fs::write(
        folder.join("broken.db"),
        "This is no database, though it is long enough to look at.".repeat(100),
    )
    .unwrap();
    let output = Process::run_bare(&database, &["backup", "copy", "--database-url", "broken.db"]);
    assert!(refused(&output).contains("not a database"));
    let output = Process::run_bare(&database, &["backup", "copy", "--database-url", "missing.db"]);
    assert!(refused(&output).contains("there is no database missing.db"));
    let mut left = others(&database);
    left.sort();
    assert_eq!(left, ["broken.db", "link", "precious"], "no half copy, and no new database");
}

#[test]
fn of_two_backups_to_one_file_one_wins() {
    let database = my_blog();
    if database.is_postgres() {
        return;
    }
    let codes: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| backup(&database, "saved.db").status.code())).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(others(&database), ["saved.db"]);
    SqliteConnection::establish(database.folder.path().join("saved.db").to_str().unwrap())
        .and_then(|mut copy| {
            copy.batch_execute("SELECT count(*) FROM users")
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)
        })
        .unwrap();
}

#[test]
fn postgresql_is_left_to_its_own_tool() {
    let database = TestDatabase::migrated();
    let url = if database.is_postgres() {
        database.url()
    } else {
        "postgres://ada:hush@127.0.0.1:1/keyrack"
    };
    let output = Process::run_bare(&database, &["backup", "copy", "--database-url", url]);
    let said = refused(&output);
    assert!(said.contains("pg_dump") && !said.contains("hush"), "{said}");
    assert!(!database.folder.path().join("copy").exists());
}
