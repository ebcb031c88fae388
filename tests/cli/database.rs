//! Several processes on one database.

use super::{succeed, texts};
use crate::support::{PASSWORD, Process, TestDatabase, keyrack};

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

#[test]
fn commands_bring_an_empty_database_up_to_date_themselves() {
    let database = TestDatabase::new();
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
    succeed(&Process::run_with_input(&database, &user, PASSWORD));
    succeed(&Process::run(&database, &["migrate"]));
    succeed(&Process::run(&database, &["migrate"]));
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
    for command in [
        &["key", "list", "--project", "my-blog"][..],
        &["key", "pause", "--id", "key_00000000000070008000000000000000"],
        &["project", "add", "--name", "My Blog", "--owner", "ada@example.com"],
        &["user", "reset-password", "--email", "ada@example.com"],
        &["user", "disable-two-step", "--email", "ada@example.com"],
    ] {
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
