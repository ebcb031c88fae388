//! Several processes use one database.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::{fail, succeed, texts};
use crate::support::{Guarded, PASSWORD, Process, TestDatabase, keyrack, unprivileged};

#[test]
fn many_processes_that_begin_at_once_on_an_empty_database_all_succeed() {
    let database = TestDatabase::new();
    let start = || {
        let mut command = keyrack(database.folder.path());
        command.args(["migrate", "--database-url", database.url()]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{:?}", texts(&output));
    }
    assert_eq!(
        database.count("SELECT count(*) FROM __diesel_schema_migrations"),
        database.count("SELECT count(DISTINCT version) FROM __diesel_schema_migrations")
    );
}

/// An older server may run on it, and could not start again.
#[test]
fn only_serve_and_migrate_change_the_schema_and_the_others_say_what_to_run() {
    let (empty, older) = (TestDatabase::new(), crate::migrations::up_to(21));
    std::fs::write(empty.folder.path().join("keyrack.db"), "").unwrap();
    for (database, why) in [(&empty, "nothing of Keyrack in it"), (&older, "an older Keyrack")] {
        let before = tables(database);
        for command in COMMANDS {
            let said = fail(&Process::run_with_input(database, command, PASSWORD));
            assert!(said.contains(why) && said.contains("run keyrack migrate"), "{said}");
        }
        assert_eq!(tables(database), before);
        assert_eq!(succeed(&Process::run(database, &["migrate"])), "");
        for command in COMMANDS {
            let said = texts(&Process::run_with_input(database, command, PASSWORD)).1;
            assert!(!said.contains("migrate"), "{said}");
        }
    }
}

fn tables(database: &TestDatabase) -> Vec<String> {
    database.query(if database.is_postgres() {
        "SELECT tablename AS value FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    } else {
        "SELECT sql AS value FROM sqlite_master ORDER BY 1"
    })
}

/// All that ask the database, one that reads and one that writes of each kind.
const COMMANDS: [&[&str]; 6] = [
    &["key", "list", "--project", "my-blog"],
    &["key", "pause", "--id", "key_00000000000070008000000000000000"],
    &["project", "add", "--name", "My Blog", "--owner", "ada@example.com"],
    &["user", "reset-password", "--email", "ada@example.com"],
    &["user", "disable-two-step", "--email", "ada@example.com"],
    &["user", "add", "--email", "ada@example.com", "--name", "Ada"],
];

#[test]
fn a_command_waits_for_a_database_that_is_busy_and_says_so() {
    let database = super::with_project();
    let mut busy: Box<dyn SimpleConnection> = if database.is_postgres() {
        Box::new(PgConnection::establish(database.url()).unwrap())
    } else {
        Box::new(SqliteConnection::establish(database.url()).unwrap())
    };
    busy.batch_execute(if database.is_postgres() {
        "BEGIN; LOCK TABLE projects"
    } else {
        "BEGIN IMMEDIATE"
    })
    .unwrap();
    let mut command = keyrack(database.folder.path());
    command.args(["project", "add", "--name", "Shop", "--owner", "ada@example.com"]);
    command.args(["--database-url", database.url()]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Guarded(command.spawn().unwrap());
    let mut said = String::new();
    BufReader::new(child.0.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "keyrack: the database is busy; waiting for it\n");
    assert_eq!(child.0.try_wait().unwrap(), None, "it waits");
    busy.batch_execute("COMMIT").unwrap();
    let mut slug = String::new();
    child.0.stdout.take().unwrap().read_to_string(&mut slug).unwrap();
    assert_eq!((slug.as_str(), child.0.wait().unwrap().code()), ("shop\n", Some(0)));
}

#[test]
fn what_only_reads_works_on_a_database_that_can_not_be_written() {
    let database = TestDatabase::sqlite();
    crate::support::tenant::settle(&database);
    let key = crate::support::tenant::add_key(&database, "server-key");
    let (file, folder) = (database.file().unwrap(), database.folder.path());
    let elsewhere = TempDir::new().unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::write(elsewhere.path().join("found.txt"), &key).unwrap();
    mode(elsewhere.path(), 0o777);
    mode(&elsewhere.path().join("found.txt"), 0o644);
    mode(&file, 0o444);
    let run = |arguments: &[&str]| {
        let mut command = keyrack(elsewhere.path());
        command.args(arguments).args(["--database-url", database.url()]);
        let mut command = unprivileged(&command);
        command.command.output().unwrap()
    };
    // The file alone, and then its folder, where SQLite can't keep its log.
    for (nth, folders) in [0o777, 0o555].into_iter().enumerate() {
        mode(folder, folders);
        let copy = format!("copy-{nth}.db");
        assert!(succeed(&run(&["key", "list", "--project", "my-blog"])).contains("server-key"));
        let (stdout, stderr) = texts(&run(&["scan", "found.txt", "--lookup"]));
        assert!(stdout.contains("'server-key' of dev"), "{stdout}{stderr}");
        assert_eq!(succeed(&run(&["backup", &copy])), "");
        let copy = TestDatabase::at(elsewhere.path().join(copy).to_str().unwrap().to_owned());
        assert_eq!(copy.count("SELECT count(*) FROM api_keys"), 1);
        let said = fail(&run(&["project", "add", "--name", "Shop", "--owner", "ada@example.com"]));
        assert!(said.contains("can't be written"), "{said}");
    }
    mode(folder, 0o700);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let database = TestDatabase::new();
    succeed(&Process::run(&database, &["migrate"]));
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    assert!(super::fail(&Process::run(&database, &["migrate"])).contains("newer Keyrack"));
}

#[test]
fn a_wrong_name_makes_no_database_and_a_file_of_another_program_is_left_alone() {
    let database = TestDatabase::sqlite();
    for command in COMMANDS {
        let said = super::fail(&Process::run_with_input(&database, command, PASSWORD));
        assert!(
            said.contains("there is no database") && said.contains("--database-url"),
            "{command:?}: {said}"
        );
        assert!(!database.file().unwrap().exists(), "{command:?}");
    }
    database.execute("CREATE TABLE recipes (name TEXT)");
    let said = super::fail(&Process::run(&database, &["migrate"]));
    assert!(said.contains("belongs to another program"), "{said}");
    assert_eq!(database.query("SELECT name AS value FROM sqlite_master"), ["recipes"]);
}
