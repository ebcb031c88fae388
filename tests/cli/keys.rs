//! `keyrack key add | list | delete`

use super::{fail, misused, succeed, with_project};
use crate::support::{Process, Server, TestDatabase, Verified, keyrack};

fn add(database: &TestDatabase, environment: &str, kind: &str, name: &str) -> std::process::Output {
    Process::run(
        database,
        &[
            "key",
            "add",
            "--project",
            "my-blog",
            "--environment",
            environment,
            "--kind",
            kind,
            "--name",
            name,
        ],
    )
}

#[tokio::test]
async fn add_prints_the_key_alone_and_it_is_good_at_once() {
    let server = Server::start().await;
    server.ada().await;
    for (environment, kind, group) in [("dev", "secret", "admin"), ("prod", "publishable", "guest")]
    {
        let printed = succeed(&add(&server.database, environment, kind, "ci"));
        let key = printed.strip_suffix('\n').unwrap();
        assert_eq!(key.len(), 67, "{printed:?}");
        let asked = format!("my-blog/{environment}");
        assert_eq!(server.api().verify_for(&asked, key).await, Verified::Good(group.to_owned()));
        assert!(!server.database.dump().join("\n").contains(&key[7..63]));
    }
}

#[test]
fn a_key_that_could_not_be_printed_is_told_of_with_its_id() {
    let database = with_project();
    let mut command = keyrack(database.folder.path());
    command.args([
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "ci",
    ]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command.args(["--database-url", database.url()]).stdout(full).output().unwrap();
    let id = database.query("SELECT id AS value FROM api_keys").remove(0);
    let said = fail(&output);
    assert!(
        said.contains("nobody knows it") && said.contains(&format!("keyrack key delete {id}")),
        "{said}"
    );
}

#[test]
fn list_tells_what_a_key_is_how_it_is_and_whose() {
    let database = with_project();
    let list = |more: &[&str]| {
        succeed(&Process::run(
            &database,
            &[&["key", "list", "--project", "my-blog"], more].concat(),
        ))
    };
    assert_eq!(list(&[]), "");
    assert_eq!(list(&["--json"]).trim(), "[]");
    let first = succeed(&add(&database, "prod", "secret", "ключ \"1\""));
    let second = succeed(&add(&database, "dev", "publishable", "app"));
    let mask = |key: &str| format!("{}••••••••{}", &key[..7], &key[63..67]);
    let ids = database.query("SELECT id AS value FROM api_keys ORDER BY name");
    let line = |id: &str, kind: &str, environment: &str, key: &str, name: &str| {
        let how = "active\tnever\tnever\tthe command line";
        format!("{id}\t{kind}\t{environment}\t{}\t{name}\t{how}\n", mask(key))
    };
    let (app, server_key) = (
        line(&ids[0], "publishable", "dev", &second, "app"),
        line(&ids[1], "secret", "prod", &first, "ключ \"1\""),
    );
    assert_eq!(list(&[]), format!("{app}{server_key}"));
    assert_eq!(list(&["--environment", "prod"]), server_key);
    assert_eq!(list(&["--environment", "staging"]), "");
    let mut json: serde_json::Value =
        serde_json::from_str(&list(&["--json", "--environment", "prod"])).unwrap();
    assert!(json[0]["created_at"].take().as_str().unwrap().ends_with('Z'));
    let expected = serde_json::json!([{
        "id": ids[1], "kind": "secret", "environment": "prod", "mask": mask(&first), "name": "ключ \"1\"", "created_at": null,
        "state": "active", "note": "", "created_by": null, "last_used_at": null, "expires_at": null, "paused": false, "leaked": false, "damaged": false, "scopes": null, "addresses": null, "rate": null
    }]);
    assert_eq!(json, expected);
    let limits = [
        "--rate",
        "5",
        "--scope",
        "posts:read",
        "--scope",
        "*:list",
        "--from",
        "10.0.0.0/8",
        "--expires",
        "30d",
    ];
    let add = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "staging",
        "--kind",
        "secret",
        "--name",
        "narrow",
    ];
    succeed(&Process::run(&database, &[&add[..], &limits].concat()));
    succeed(&Process::run(
        &database,
        &[
            "key",
            "pause",
            "--id",
            &database.query("SELECT id AS value FROM api_keys WHERE name = 'narrow'")[0],
        ],
    ));
    let json: serde_json::Value =
        serde_json::from_str(&list(&["--json", "--environment", "staging"])).unwrap();
    assert_eq!(json[0]["state"], "paused");
    let told = ["paused", "scopes", "addresses", "rate"].map(|field| json[0][field].clone());
    assert_eq!(
        serde_json::Value::from(told.to_vec()),
        serde_json::json!([true, ["posts:read", "*:list"], ["10.0.0.0/8"], { "per_second": 5, "burst": 5 }])
    );
    assert!(json[0]["expires_at"].is_string());
    succeed(&Process::run(&database, &["key", "delete", "--id", json[0]["id"].as_str().unwrap()]));
    succeed(&Process::run(&database, &["key", "delete", "--id", &ids[1]]));
    assert_eq!(list(&[]), app, "deleted keys are not listed");
}

#[test]
fn delete_says_nothing_also_when_the_key_is_deleted_already() {
    let database = with_project();
    succeed(&add(&database, "dev", "secret", "ci"));
    let id = database.query("SELECT id AS value FROM api_keys").remove(0);
    for _ in 0..2 {
        assert_eq!(succeed(&Process::run(&database, &["key", "delete", "--id", &id])), "");
    }
    assert_eq!(
        database.count(
            "SELECT count(*) FROM api_keys WHERE deleted_at IS NOT NULL AND deleted_by IS NULL"
        ),
        1
    );
    let unknown = fail(&Process::run(
        &database,
        &["key", "delete", "--id", "key_00000000000070008000000000000000"],
    ));
    assert_eq!(unknown, "keyrack: there is no key with this id\n");
    for bad in ["", "key_", "1", "sk_0123", "KEY_00000000000070008000000000000000"] {
        let said = misused(&Process::run(&database, &["key", "delete", "--id", bad]));
        assert!(said.starts_with("error: --id: a key's id is key_"), "{bad}: {said}");
    }
}

#[test]
fn what_is_not_there_or_not_allowed_is_said_in_one_line() {
    let database = with_project();
    let key = succeed(&add(&database, "dev", "secret", "ci"));
    let before = database.dump();
    let no_project = [
        "key",
        "add",
        "--project",
        "shop",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "x",
    ];
    assert_eq!(
        fail(&Process::run(&database, &no_project)),
        "keyrack: there is no project 'shop'\n"
    );
    assert_eq!(
        fail(&Process::run(&database, &["key", "list", "--project", "shop"])),
        "keyrack: there is no project 'shop'\n"
    );
    let environment =
        "keyrack: there is no environment 'qa' in 'my-blog', only dev, staging, prod\n";
    assert_eq!(fail(&add(&database, "qa", "secret", "x")), environment);
    assert_eq!(
        fail(&Process::run(
            &database,
            &["key", "list", "--project", "my-blog", "--environment", "qa"]
        )),
        environment
    );
    let taken = fail(&add(&database, "dev", "secret", "CI"));
    assert!(
        taken.contains("'ci'") && taken.contains(&format!("{}••••••••{}", &key[..7], &key[63..67])),
        "{taken}"
    );
    for (name, why) in [
        ("", "Enter a name."),
        (" ", "Enter a name."),
        ("a\nb", "invisible control character"),
        (&"x".repeat(65), "at most 64"),
        (key.trim(), "That's a key, not a name."),
    ] {
        let said = misused(&add(&database, "dev", "secret", name));
        assert!(
            said.starts_with("error: --name: ") && said.contains(why) && !said.contains(key.trim()),
            "{said}"
        );
    }
    assert!(misused(&add(&database, "dev", "admin", "x")).contains("publishable"));
    assert_eq!(database.dump(), before);
}

/// As when the variable in a script is empty: the key would be good for everything.
#[test]
fn an_empty_limit_is_not_no_limit() {
    let database = with_project();
    let add = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "server-key",
    ];
    for flag in ["--scope", "--from"] {
        let output = Process::run(&database, &[&add[..], &[flag, ""]].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{flag}");
    }
    assert_eq!(database.count("SELECT count(*) FROM api_keys"), 0);
}
