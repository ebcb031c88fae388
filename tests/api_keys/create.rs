//! Add Key, Create, and the one answer that shows the key.

use std::process::Command;

use super::{DEV, create, made, names};
use crate::support::{Server, TestDatabase};

#[tokio::test]
async fn add_key_opens_a_form_on_top_of_the_right_card() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (kind, placeholder) in [("publishable", "my-app-key"), ("secret", "server-key")] {
        let page = ada.get(&format!("{DEV}/new?kind={kind}")).await.expect(200);
        let form = format!("#{kind}-rows tr:first-child form");
        assert_eq!(page.attribute(&form, "action"), DEV);
        assert_eq!(page.attribute(&format!("{form} input[name=name]"), "placeholder"), placeholder);
        assert_eq!(page.attribute(&format!("{form} input[name=kind]"), "value"), kind);
        assert_eq!(page.text(&format!("{form} label")), "Key name");
        assert!(page.text(&format!("{form} button")).starts_with("Create"));
        assert_eq!(page.text(&format!("{form} a.btn")), "Cancel");
        assert_eq!(page.texts("main form.inline-form").len(), 1, "one form, in one card");
    }
    for bad in ["", "?kind=", "?kind=public", "?kind=Secret"] {
        ada.get(&format!("{DEV}/new{bad}")).await.expect(404);
    }
}

#[tokio::test]
async fn every_form_has_a_token_of_its_own() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert_ne!(ada.form_token(DEV, "secret").await, ada.form_token(DEV, "secret").await);
}

#[tokio::test]
async fn the_reveal_shows_the_whole_key_with_the_warnings_of_the_specification() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let once = "The key is only shown once at creation time. If lost, you must delete it and create a new one.";
    let never = "must never be exposed to the client. Use them only in server-side environments.";
    for (kind, prefix) in [("publishable", "pk_"), ("secret", "sk_")] {
        let page = create(&ada, kind, "my key").await.expect(200);
        let key = page.text("#new-key");
        assert_eq!((key.len(), &key[..3]), (67, prefix));
        assert!(
            key[3..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{key}"
        );
        assert_eq!(
            format!("{:08x}", crc32(&key[..59])),
            key[59..],
            "the checksum is part of the promise"
        );
        assert!(page.text(".reveal").contains(once));
        assert_eq!(page.text(".reveal").contains(never), kind == "secret");
        let curl =
            format!("curl -i {}/v1/key/my-blog/dev \\ -H \"X-API-Key: {key}\"", server.origin);
        assert_eq!(page.text("#curl"), curl, "bound to the environment of the key");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        // On to the row of the key.
        let id = ada.get(DEV).await.attribute(&format!("#{kind}-rows tr"), "id");
        assert_eq!(page.attribute("a.bye", "href"), format!("{DEV}?#{id}"));
    }
}

#[tokio::test]
async fn the_curl_of_the_reveal_runs_as_it_is_shown() {
    let server = Server::start_bare(TestDatabase::migrated(), &[]).await;
    let ada = server.ada().await;
    for (kind, status, told) in [
        ("secret", "HTTP/1.1 200 ", "\"group\":\"admin\""),
        // The original request is not known, and a guest may not do everything.
        (
            "publishable",
            "HTTP/1.1 403 ",
            "\"message\":\"The key is good for dev. The gateway does not pass",
        ),
    ] {
        let page = create(&ada, kind, "my key").await.expect(200);
        let ran = Command::new("sh").arg("-c").arg(page.raw_text("#curl")).output().unwrap();
        let answer = String::from_utf8(ran.stdout).unwrap();
        assert!(answer.starts_with(status) && answer.contains(told), "{kind}: {answer}");
    }
}

/// CRC-32 (ISO-HDLC) from its definition, not from the library that the server uses.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[tokio::test]
async fn the_example_names_the_public_url_when_there_is_one() {
    let server = Server::start_with(&["--public-url", "http://keys.example.com"]).await;
    let page = create(&server.ada().await, "secret", "server-key").await.expect(200);
    assert!(
        page.text("#curl").starts_with("curl -i http://keys.example.com/v1/key/my-blog/dev \\")
    );
}

#[tokio::test]
async fn an_empty_name_keeps_the_form_and_its_token() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let page =
        ada.post(DEV, &[("token", &token), ("kind", "secret"), ("name", "  ")]).await.expect(422);
    assert_eq!(page.text("#secret-rows .error"), "Enter a name.");
    assert_eq!(page.attribute("#secret-rows input[name=name]", "aria-invalid"), "true");
    assert_eq!(
        page.attribute("#secret-rows input[name=token]", "value"),
        token,
        "the same form goes on"
    );
    assert_eq!(made(&server), 0);
    ada.post(DEV, &[("token", &token), ("kind", "secret"), ("name", " server-key ")])
        .await
        .expect(200);
    assert_eq!(names(&ada.get(DEV).await, "secret"), ["server-key"], "trimmed");
}

#[tokio::test]
async fn what_is_stored_is_a_digest_and_a_mask() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let key = create(&ada, "secret", "server-key").await.expect(200).text("#new-key");
    let dump = server.database.dump().join("\n");
    assert!(!dump.contains(&key) && !dump.contains(&key[3..]) && !dump.contains(&key[7..63]));
    assert!(dump.contains(&format!("{}••••••••{}", &key[..7], &key[63..])));
    let length = server.database.count("SELECT length(digest) FROM api_keys");
    assert_eq!(length, 32);
}
