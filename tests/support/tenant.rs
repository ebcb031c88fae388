//! Makes somebody with a project by the command line, so that it works with any server process.

use super::{Anonymous, PASSWORD, Process, SignedIn, TestDatabase};

pub const EMAIL: &str = "ada@example.com";
/// The API Keys page of the project that [`settle`] makes.
pub const DEV: &str = "/projects/my-blog/dev/api-keys";

/// Migrates the database and adds Ada and her project "My Blog".
pub fn settle(database: &TestDatabase) {
    let migrated = Process::run(database, &["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let user = Process::run_with_input(
        database,
        &["user", "add", "--email", EMAIL, "--name", "Ada"],
        PASSWORD,
    );
    assert!(user.status.success(), "{}", String::from_utf8_lossy(&user.stderr));
    let project =
        Process::run(database, &["project", "add", "--name", "My Blog", "--owner", EMAIL]);
    assert!(project.status.success(), "{}", String::from_utf8_lossy(&project.stderr));
}

/// Signs Ada in.
pub async fn ada(origin: &str) -> SignedIn {
    SignedIn::new(Anonymous::new(origin), EMAIL, PASSWORD).await
}

/// The arguments with which the command line adds a key to her project.
pub const NEW_KEY: [&str; 6] = ["--project", "my-blog", "--environment", "dev", "--kind", "secret"];

/// Adds a key to Ada's project by the command line.
pub fn add_key(database: &TestDatabase, name: &str) -> String {
    add(database, &[&NEW_KEY[..], &["--name", name]].concat())
}

/// Adds a key to `dev` of another project.
pub fn add_key_to(database: &TestDatabase, project: &str, name: &str) -> String {
    let more = ["--environment", "dev", "--kind", "secret", "--name", name];
    add(database, &[&["--project", project], &more[..]].concat())
}

fn add(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = Process::run(database, &[&["key", "add"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
