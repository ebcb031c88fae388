//! `keyrack key show`

use std::process::Output;

use super::{fail, succeed, with_project};
use crate::support::{Process, TestDatabase, tenant};

fn show(database: &TestDatabase, input: &str, more: &[&str]) -> Output {
    Process::run_with_input(database, &[&["key", "show"], more].concat(), input)
}

fn line(database: &TestDatabase, key: &str) -> String {
    succeed(&show(database, key, &[]))
}

fn id(database: &TestDatabase, name: &str) -> String {
    database.query(&format!("SELECT id AS value FROM api_keys WHERE name = '{name}'")).remove(0)
}

#[test]
fn it_tells_whose_a_key_is_and_how_it_is() {
    let database = with_project();
    let key = tenant::add_key(&database, "server-key");
    let id = id(&database, "server-key");
    let told = |state: &str| format!("{id}\tsecret\tmy-blog\tdev\t{state}\tserver-key\n");
    for input in [key.clone(), format!("{key}\n"), format!(" {key} \r\n")] {
        assert_eq!(line(&database, &input), told("active"), "{input:?}");
    }
    for (change, state) in [
        ("paused_at = created_at", "paused"),
        ("expires_at = created_at", "expired"),
        ("deleted_at = created_at", "deleted"),
    ] {
        database.execute(&format!("UPDATE api_keys SET {change}"));
        assert_eq!(line(&database, &key), told(state));
    }
}

#[test]
fn a_value_that_was_rotated_away_is_found_with_its_own_mask() {
    let database = with_project();
    let (old, new) =
        (tenant::add_key(&database, "server-key"), tenant::add_key(&database, "other"));
    let digest = |name: &str| format!("(SELECT digest FROM api_keys WHERE name = '{name}')");
    // The value of the one becomes a former one of the other.
    database.execute(&format!(
        "INSERT INTO rotated_secrets (digest, project_id, key_id, mask, form_token, rotated_at, valid_until)
             SELECT {}, project_id, id, 'sk_former', 'x', created_at, '2999-01-01 00:00:00' FROM api_keys WHERE name = 'other';
         DELETE FROM api_keys WHERE name = 'server-key'",
        digest("server-key")
    ));
    let told =
        |state: &str| format!("{}\tsecret\tmy-blog\tdev\t{state}\tother\n", id(&database, "other"));
    assert_eq!((line(&database, &old), line(&database, &new)), (told("active"), told("active")));
    database.execute("UPDATE rotated_secrets SET valid_until = rotated_at");
    assert_eq!((line(&database, &old), line(&database, &new)), (told("rotated"), told("active")));
    let json: serde_json::Value =
        serde_json::from_str(&succeed(&show(&database, &old, &["--json"]))).unwrap();
    assert_eq!((&json[0]["state"], &json[0]["mask"]), (&"rotated".into(), &"sk_former".into()));
}

#[test]
fn as_json_it_tells_more() {
    let database = with_project();
    let key = tenant::add_key(&database, "server-key");
    let json: serde_json::Value =
        serde_json::from_str(&succeed(&show(&database, &key, &["--json"]))).unwrap();
    let value = |sql: &str| database.query(sql).remove(0);
    assert_eq!(
        json,
        serde_json::json!([{
            "note": "",
            "created_at": json[0]["created_at"],
            "created_by": null,
            "expires_at": null,
            "last_used_at": null,
            "paused": false,
            "leaked": false,
            "damaged": false,
            "scopes": null,
            "addresses": null,
            "rate": null,
            "id": id(&database, "server-key"),
            "kind": "secret",
            "name": "server-key",
            "mask": format!("{}••••••••{}", &key[..7], &key[63..]),
            "project": "my-blog",
            "project_id": value("SELECT id AS value FROM projects"),
            "environment": "dev",
            "environment_id": value("SELECT id AS value FROM environments WHERE name = 'dev'"),
            "state": "active",
        }])
    );
}

#[test]
fn by_its_id_a_key_is_shown_without_its_value() {
    let database = with_project();
    let key = tenant::add_key(&database, "server-key");
    let id = id(&database, "server-key");
    let by_id = |more: &[&str]| {
        succeed(&Process::run(&database, &[&["key", "show", id.as_str()], more].concat()))
    };
    assert_eq!(by_id(&[]), line(&database, &key));
    assert_eq!(by_id(&["--json"]), succeed(&show(&database, &key, &["--json"])));
    succeed(&Process::run(&database, &["key", "delete", &id]));
    assert!(by_id(&[]).contains("\tdeleted\t"));
    let nobody = "key_00000000000070008000000000000000";
    let said = fail(&Process::run(&database, &["key", "show", nobody]));
    assert_eq!(said, "keyrack: there is no key with this id\n");
}

#[test]
fn an_imported_key_is_found_by_any_text() {
    let database = with_project();
    let (text, file) = ("AKIA/old+key=~!", database.folder.path().join("keys.csv"));
    let no_key = "keyrack: This is not an API key. A key is pk_ or sk_ and 64 digits of 0-9 a-f.\n";
    assert_eq!(fail(&show(&database, text, &[])), no_key);
    let sha = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(text));
    std::fs::write(&file, format!("name,kind,environment,sha256\nold,secret,prod,{sha}\n"))
        .unwrap();
    succeed(&Process::run(
        &database,
        &["key", "import", file.to_str().unwrap(), "--project", "my-blog"],
    ));
    let told = format!("{}\tsecret\tmy-blog\tprod\tactive\told\n", id(&database, "old"));
    assert_eq!(line(&database, text), told);
    let foreign = fail(&show(&database, "another text", &[]));
    assert!(foreign.contains("it is none that was imported"), "it has a blank in it: {foreign}");
    assert_eq!(fail(&show(&database, "another-text", &[])), "keyrack: this API key is unknown\n");
}

#[test]
fn what_is_no_key_or_nobody_s_is_told_in_one_line_that_does_not_repeat_it() {
    let database = with_project();
    let sample = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    for (input, message) in [
        (sample, "this API key is unknown"),
        ("sk_0123••••••••7848", "This is a masked key. Use the full key shown at creation."),
        (
            &sample.replace("sk_0", "sk_1"),
            "The checksum does not match: the key is cut or mistyped.",
        ),
        ("a\0b", "This is not an API key. A key is pk_ or sk_ and 64 digits of 0-9 a-f."),
        ("", "no key on standard input"),
        (&format!("{sample}\n{sample}\n"), "the key has more than one line: send it once"),
    ] {
        for more in [&[][..], &["--json"]] {
            assert_eq!(fail(&show(&database, input, more)), format!("keyrack: {message}\n"));
        }
    }
    // As an argument everybody on the machine could read it, so it is none.
    let misused = super::misused(&Process::run(&database, &["key", "show", sample]));
    assert!(misused.contains("a key's id is key_") && !misused.contains(sample), "{misused}");
}
