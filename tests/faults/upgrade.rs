//! A process of an older Keyrack goes on running while the database is migrated. It did not know
//! the boundary between projects, so it would accept a key of any of them. `scripts/soak upgrade`
//! builds it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;

use crate::support::tenant::{self, EMAIL};
use crate::support::{ApiClient, PASSWORD, Process, TestDatabase, eventually};

const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

/// A command of the former Keyrack.
fn former(folder: &Path) -> Command {
    let binary = std::env::var_os("KEYRACK_FORMER_BINARY").expect("run scripts/soak upgrade");
    let mut command = Command::new(binary);
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command of the former Keyrack on a database.
fn run_former(database: &TestDatabase, arguments: &[&str], input: &str) -> Output {
    let mut command = former(database.folder.path());
    command.args(arguments).args(["--database-url", database.url()]);
    Process::run_command(command, input)
}

/// Every row of every table.
fn everything(database: &TestDatabase) -> Vec<(String, Vec<String>)> {
    let tables = database.columns_of_tables().into_iter();
    tables.map(|(table, columns)| (table.clone(), database.rows(&table, &columns))).collect()
}

#[tokio::test]
#[ignore = "needs the former Keyrack: scripts/soak upgrade"]
async fn a_former_process_answers_503_once_the_database_is_migrated_and_writes_nothing() {
    let database = TestDatabase::new();
    let add = |arguments: &[&str], input: &str| {
        let output = run_former(&database, arguments, input);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    add(&["user", "add", "--email", EMAIL, "--name", "Ada"], PASSWORD);
    add(&["project", "add", "--name", "My Blog", "--owner", EMAIL], "");
    let key = add(&[&["key", "add"], &tenant::NEW_KEY[..], &["--name", "web"]].concat(), "");

    let mut command = former(database.folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database.url()]);
    let mut server = Process::spawn(command);
    let api = ApiClient::new(&server.origin);
    let ask = async |path: &str, key: &str| {
        api.call(Method::GET, path, &[("X-API-Key", key.as_bytes())]).await
    };
    // Without a word of the project: so it was.
    assert_eq!(ask("/v1/verify", &key).await.status, 200);
    let counted = "SELECT count(*) FROM usage_latest WHERE accepted_at IS NOT NULL";
    eventually(|| database.count(counted) == 1).await;

    let migrated = Process::run(&database, &["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let before = everything(&database);
    for path in ["/v1/verify", "/v1/key", "/v1/verify/my-blog/dev"] {
        for key in [&*key, UNKNOWN] {
            for _ in 0..10 {
                let page = ask(path, key).await;
                assert_eq!(page.status, 503, "{path}: {}", page.body);
            }
            println!("the former Keyrack answers {path} with 503");
        }
    }
    // It writes what it counted when it ends.
    server.terminate();
    assert_eq!(everything(&database), before);

    let again = run_former(&database, &["serve", "--listen", "127.0.0.1:0"], "");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("newer Keyrack"), "{said}");

    let server = Process::serve(&database);
    let page = ApiClient::new(&server.origin);
    let headers: &[(&str, &[u8])] = &[("X-API-Key", key.as_bytes())];
    let page = page.call(Method::GET, "/v1/verify/my-blog/dev", headers).await;
    assert_eq!(page.status, 200, "{}", page.body);
}
