//! `keyrack environment list | add | protect | delete`

use super::{fail, json, misused, rows, succeed, with_project};
use crate::support::{Process, TestDatabase, tenant};

fn run(database: &TestDatabase, verb: &str, arguments: &[&str]) -> std::process::Output {
    let of = ["environment", verb, "--project", "my-blog"];
    Process::run(database, &[&of[..], arguments].concat())
}

fn list(database: &TestDatabase) -> Vec<[String; 3]> {
    let rows = rows(database, &["environment", "list", "--project", "my-blog"]);
    rows.into_iter().map(|row| [1, 2, 3].map(|nth| row[nth].clone())).collect()
}

#[test]
fn they_are_added_protected_and_deleted_with_their_keys() {
    let database = with_project();
    assert_eq!(
        list(&database),
        [["dev", "open", "0"], ["staging", "open", "0"], ["prod", "protected", "0"]]
    );
    let id = succeed(&run(&database, "add", &["qa", "--protected"]));
    assert!(id.starts_with("env_") && id.lines().count() == 1);
    tenant::add_key(&database, "server-key");
    assert_eq!(succeed(&run(&database, "protect", &["dev"])), "");
    assert_eq!(succeed(&run(&database, "protect", &["prod", "--off"])), "");
    assert_eq!(list(&database)[0], ["dev", "protected", "1"]);
    assert_eq!(list(&database)[2], ["prod", "open", "0"]);
    assert_eq!(list(&database)[3], ["qa", "protected", "0"]);
    let told = json(&database, &["environment", "list", "--project", "my-blog"]);
    assert_eq!((&told[3]["id"], &told[0]["secret_keys"]), (&id.trim().into(), &1.into()));

    assert_eq!(succeed(&run(&database, "delete", &["dev", "--as", "dana"])), "");
    assert_eq!(database.count("SELECT count(*) FROM api_keys WHERE deleted_at IS NULL"), 0);
    let says =
        "SELECT says AS value FROM activity WHERE action IN ('key.deleted', 'environment.deleted')";
    assert_eq!(database.query(says), ["dana", "dana"], "the end of each key tells it, too");
}

#[test]
fn a_name_that_another_one_had_is_taken_only_when_asked_for() {
    let database = with_project();
    succeed(&run(&database, "delete", &["staging"]));
    let said = fail(&run(&database, "add", &["staging"]));
    assert!(said.contains("was deleted") && said.contains("--take-name"), "{said}");
    succeed(&run(&database, "add", &["staging", "--take-name"]));
    assert_eq!(list(&database)[2][0], "staging");
}

#[test]
fn what_can_not_be_is_said_in_one_line() {
    let database = with_project();
    assert!(
        fail(&run(&database, "add", &["dev"])).contains("the environment dev is there already")
    );
    assert!(misused(&run(&database, "add", &["Dev"])).starts_with("error: NAME: "));
    for verb in ["protect", "delete"] {
        let said = fail(&run(&database, verb, &["qa"]));
        assert_eq!(
            said,
            "keyrack: there is no environment 'qa' in 'my-blog', only dev, staging, prod\n"
        );
    }
    succeed(&run(&database, "delete", &["dev"]));
    succeed(&run(&database, "delete", &["staging"]));
    assert!(fail(&run(&database, "delete", &["prod"])).contains("it is the last environment"));
}
