//! `keyrack key rotate | edit | pause | resume`, and `key add --json`

use super::{fail, json, misused, rows, succeed, with_project};
use crate::support::{Process, Server, TestDatabase, Verified, eventually, tenant};

fn id(database: &TestDatabase) -> String {
    database.query("SELECT id AS value FROM api_keys").remove(0)
}

#[test]
fn add_as_json_tells_the_id_beside_the_key() {
    let database = with_project();
    let add = [&["key", "add", "--name", "ci", "--expires", "30d"], &tenant::NEW_KEY[..]].concat();
    let told = json(&database, &add);
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    assert_eq!(
        (text("id"), text("name"), text("state")),
        (id(&database), "ci".into(), "active".into())
    );
    let key = text("key");
    assert_eq!(text("mask"), format!("{}••••••••{}", &key[..7], &key[63..]));
    assert!(text("expires_at").ends_with('Z'));
    let shown = succeed(&Process::run_with_input(&database, &["key", "show"], &key));
    assert!(shown.starts_with(&text("id")));
}

#[tokio::test]
async fn rotate_prints_the_new_value_and_the_old_one_works_as_long_as_asked() {
    let server = Server::start().await;
    server.ada().await;
    let old = tenant::add_key(&server.database, "server-key");
    let id = id(&server.database);
    let verify = async |key: &str| server.api().verify_for("my-blog/dev", key).await;
    let good = || Verified::Good("admin".to_owned());
    let rotate = ["key", "rotate", &id];
    let new = succeed(&Process::run(&server.database, &rotate)).trim().to_owned();
    assert_eq!((verify(&old).await, verify(&new).await), (good(), good()));
    let said = fail(&Process::run(&server.database, &rotate));
    assert!(said.contains("the old value of the last rotation still works"), "{said}");

    let second = tenant::add_key(&server.database, "other");
    let other = "SELECT id AS value FROM api_keys WHERE name = 'other'";
    let other = server.database.query(other).remove(0);
    let told = json(&server.database, &["key", "rotate", &other, "--overlap", "none"]);
    assert_eq!((told["id"].as_str(), told["state"].as_str()), (Some(&*other), Some("active")));
    assert_ne!(verify(&second).await, good());
    assert_eq!(verify(told["key"].as_str().unwrap()).await, good());
}

#[test]
fn a_key_that_leaked_gets_a_new_value_and_its_old_one_does_not_work_on() {
    let database = with_project();
    tenant::add_key(&database, "server-key");
    let id = id(&database);
    database.execute("UPDATE api_keys SET leaked_at = created_at, paused_at = created_at");
    let said = fail(&Process::run(&database, &["key", "rotate", &id, "--overlap", "24h"]));
    assert!(said.contains("use --overlap none"), "{said}");
    succeed(&Process::run(&database, &["key", "rotate", &id]));
    assert_eq!(rows(&database, &["key", "list", "--project", "my-blog"])[0][5], "active");
}

/// It has a character that can't be seen.
const OLD: &str = "pro\u{200b}d";

#[test]
fn edit_changes_what_is_named_and_leaves_the_rest() {
    let database = with_project();
    tenant::add_key(&database, "server-key");
    tenant::add_key(&database, "taken");
    let id = database.query("SELECT id AS value FROM api_keys WHERE name = 'server-key'").remove(0);
    let edit =
        |more: &[&str]| Process::run(&database, &[&["key", "edit", id.as_str()], more].concat());
    let told = || {
        let shown = json(&database, &["key", "show", &id]);
        ["name", "note"].map(|field| shown[0][field].as_str().unwrap().to_owned())
    };
    assert_eq!(succeed(&edit(&["--note", "ask dana"])), "");
    assert_eq!(told(), ["server-key", "ask dana"]);
    assert_eq!(succeed(&edit(&["--name", "worker", "--as", "dana"])), "");
    assert_eq!(told(), ["worker", "ask dana"]);
    assert_eq!(succeed(&edit(&["--note", ""])), "");
    assert_eq!(told(), ["worker", ""]);
    assert!(misused(&edit(&[])).contains("--name"));
    assert!(misused(&edit(&["--name", " "])).contains("--name: Enter a name."));
    assert!(fail(&edit(&["--name", "TAKEN"])).contains("'taken'"));
    assert_eq!(told(), ["worker", ""]);
    // A name from before the rules were stricter stays as it is.
    database.execute(&format!("UPDATE api_keys SET name = '{OLD}' WHERE id = '{id}'"));
    assert_eq!(succeed(&edit(&["--note", "kept"])), "");
    assert_eq!(told(), [OLD, "kept"]);
    assert!(misused(&edit(&["--name", OLD])).contains("--name: "));
}

#[test]
fn a_key_is_named_by_its_id_alone_or_as_before() {
    let database = with_project();
    tenant::add_key(&database, "server-key");
    let id = id(&database);
    let state = || rows(&database, &["key", "list", "--project", "my-blog"])[0][5].clone();
    for (arguments, then) in [
        (&["key", "pause", &id][..], "paused"),
        (&["key", "resume", "--id", &id], "active"),
        (&["key", "pause", "--id", &id], "paused"),
        (&["key", "resume", &id], "active"),
    ] {
        assert_eq!(succeed(&Process::run(&database, arguments)), "");
        assert_eq!(state(), then);
    }
    misused(&Process::run(&database, &["key", "pause", &id, "--id", &id]));
    for verb in ["pause", "resume", "delete", "rotate", "edit"] {
        let more: &[&str] = if verb == "edit" { &["--note", "x"] } else { &[] };
        let said = misused(&Process::run(&database, &[&["key", verb, "key_1"], more].concat()));
        assert!(said.starts_with("error: KEY_ID: a key's id is key_"), "{said}");
        misused(&Process::run(&database, &["key", verb]));
    }
}

#[tokio::test]
async fn list_tells_who_added_a_key_and_when_it_was_used() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(tenant::DEV, "secret", "server-key").await;
    server.api().verify_for("my-blog/dev", &key).await;
    let used = "SELECT count(*) FROM usage_latest WHERE accepted_at IS NOT NULL";
    eventually(|| server.database.count(used) == 1).await;
    let row = rows(&server.database, &["key", "list", "--project", "my-blog"]).remove(0);
    assert_eq!((row[5].as_str(), row[6].as_str(), row[8].as_str()), ("active", "never", "Ada"));
    assert!(row[7].ends_with('Z'), "{row:?}");
}
