//! The command line: standard output carries only the result, and an error is one line on standard
//! error.

mod activity;
mod database;
mod environments;
mod help;
mod import;
mod key_life;
mod keys;
mod members;
mod projects;
mod scan;
mod show;
mod usage;
mod users;

use std::process::Output;

use crate::support::{PASSWORD, Process, TestDatabase};

/// A database with Ada and her project `my-blog`, made by commands alone.
fn with_project() -> TestDatabase {
    let database = TestDatabase::migrated();
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada"];
    succeed(&Process::run_with_input(&database, &user, PASSWORD));
    let project = Process::run(
        &database,
        &["project", "add", "--name", "My Blog", "--owner", "ada@example.com"],
    );
    assert_eq!(succeed(&project), "my-blog\n");
    database
}

/// A user who signs in with [`PASSWORD`].
fn add_user(database: &TestDatabase, name: &str, email: &str) {
    let user = ["user", "add", "--email", email, "--name", name];
    succeed(&Process::run_with_input(database, &user, PASSWORD));
}

/// The fields of each line that a command prints.
fn rows(database: &TestDatabase, arguments: &[&str]) -> Vec<Vec<String>> {
    let printed = succeed(&Process::run(database, arguments));
    printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn json(database: &TestDatabase, arguments: &[&str]) -> serde_json::Value {
    let printed = succeed(&Process::run(database, &[arguments, &["--json"]].concat()));
    serde_json::from_str(&printed).unwrap()
}

/// The standard output of a command that succeeded and printed nothing on standard error.
#[track_caller]
fn succeed(output: &Output) -> String {
    let (stdout, stderr) = texts(output);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "");
    stdout
}

/// The one line of a command that failed.
#[track_caller]
fn fail(output: &Output) -> String {
    let (stdout, stderr) = texts(output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert_eq!(stdout, "", "standard output carries only results");
    assert!(
        stderr.starts_with("keyrack: ") && stderr.ends_with('\n') && stderr.lines().count() == 1,
        "{stderr:?}"
    );
    stderr
}

/// The message of a command that was used wrongly.
#[track_caller]
fn misused(output: &Output) -> String {
    let (stdout, stderr) = texts(output);
    assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{stderr}");
    stderr
}

fn texts(output: &Output) -> (String, String) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}
