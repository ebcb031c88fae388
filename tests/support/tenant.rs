//! Somebody with a project, made through the command line, so that it works with any server
//! process.

use super::{Anonymous, PASSWORD, Process, SignedIn, TestDatabase};

pub const EMAIL: &str = "ada@example.com";
/// The API Keys page of the project that [`settle`] makes.
pub const DEV: &str = "/projects/my-blog/dev/api-keys";

/// Adds Ada and her project "My Blog". The database is migrated on the way.
pub fn settle(database: &TestDatabase) {
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

/// Ada, signed in.
pub async fn ada(origin: &str) -> SignedIn {
    SignedIn::new(Anonymous::new(origin), EMAIL, PASSWORD).await
}

/// A key of Ada's, by the command line.
pub fn add_key(database: &TestDatabase, name: &str) -> String {
    let arguments = [
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
    ];
    let output = Process::run(database, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
