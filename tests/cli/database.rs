//! Several processes on one database.

use super::{succeed, texts};
use crate::support::{PASSWORD, Process, TestDatabase, keyrack};

#[test]
fn many_processes_that_begin_at_once_on_an_empty_database_all_succeed() {
    let database = TestDatabase::new();
    let start = || {
        let mut command = keyrack(database.folder.path());
        command.args(["migrate", "--database-url", database.url()]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
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
