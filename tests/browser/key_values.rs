//! A rotation while the key is called, as its page shows it, and a key that leaked.

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;
use reqwest::Method;

use super::{ADA, DEV, PROD, hang};
use crate::support::{Browser, Server, eventually};

async fn call(server: &Server, key: &str, address: &str, origin: &str) {
    let headers = [
        ("X-API-Key", key.as_bytes()),
        ("X-Forwarded-For", address.as_bytes()),
        ("Origin", origin.as_bytes()),
    ];
    server
        .api()
        .call(
            Method::GET,
            "/v1/verify/my-blog/dev",
            &headers[..if origin.is_empty() { 2 } else { 3 }],
        )
        .await;
}

async fn written(server: &Server, count: usize) {
    eventually(|| {
        server.database.count("SELECT coalesce(sum(accepted + refused), 0) FROM usage_value_places WHERE kind = 'address'") >= count
    })
    .await;
}

#[tokio::test]
async fn a_rotation_shows_who_still_calls_the_old_value_until_nobody_does() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.user("Ada Lovelace", ADA);
    server.project("My Blog", &ada);
    let old = hang(&server, "dev", Kind::Publishable, &["my-app-key"]).remove(0);
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.click_on("my-app-key").await;
    browser.click_on("Rotate").await;
    browser.click("input[value='7d']").await;
    browser.click_on("Rotate").await;
    browser.see("#new-key").await;
    let new = browser.text("#new-key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.read("#safe", "but nothing has called the new one yet either.").await;
    browser.look("rotation-untried").await;

    let (app, beta) =
        ("https://app.example.com", "https://beta.a-rather-long-name.example.com:8443");
    for n in 0..24 {
        call(&server, &old, &format!("203.0.113.{n}"), if n % 3 == 0 { beta } else { app }).await;
    }
    call(&server, &old, "2001:db8:4:a:b:c:d:7777", app).await;
    call(&server, &new, "198.51.100.7", app).await;
    written(&server, 26).await;
    server.clock.advance(TimeDelta::minutes(4));
    browser.reload().await;
    browser.read("#safe", "Don't end the overlap yet: 25 calls with the old value in the last hour, from https://").await;
    browser.look("rotation-called").await;
    let time = "document.querySelector('table[aria-labelledby=h-values] time').title";
    browser.until(&format!("/{}/.test({time})", server.clock.now().format("%Y"))).await;

    // The apps take the new value over.
    server.clock.advance(TimeDelta::minutes(61));
    for n in 0..8 {
        call(&server, &new, &format!("203.0.113.{n}"), app).await;
    }
    written(&server, 34).await;
    browser.reload().await;
    browser.read("#safe", "1 hour ago. What calls less often than that may still have it.").await;
    browser.click_on("Where the new value is called from").await;
    browser.read("table[aria-label='Address, new value']", "203.0.113.7").await;
    browser.look("rotation-quiet").await;

    server.clock.advance(TimeDelta::hours(25));
    browser.sign_in(ADA, DEV).await;
    browser.click_on("my-app-key").await;
    browser
        .read("#safe", "It looks safe to end the overlap: nothing has called the old value since")
        .await;
    browser.look("rotation-safe").await;
    browser.click_on("End overlap now").await;
    browser.read(".note.ok", "the overlap has ended").await;
    call(&server, &old, "203.0.113.9", app).await;
    written(&server, 35).await;
    browser.reload().await;
    browser.read("main .note.warn", "A value that was rotated away is still being called.").await;
    browser.read("main .note.warn", "from 203.0.113.9, the last just now").await;
    browser.look("rotation-left-behind").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_leaked_key_is_seen_in_the_list_on_its_page_and_in_the_overview() {
    let server = super::server().await;
    let keys = hang(&server, "prod", Kind::Secret, &["server-key", "worker"]);
    let app = hang(&server, "prod", Kind::Publishable, &["my-app-key"]).remove(0);
    server
        .database
        .execute("UPDATE api_keys SET seen_in_browser_at = created_at WHERE name = 'worker'");
    for key in [&keys[0], &app] {
        let body = serde_json::json!({ "key": key }).to_string();
        assert_eq!(
            reqwest::Client::new()
                .post(server.url("/v1/leaks"))
                .body(body)
                .send()
                .await
                .unwrap()
                .status(),
            202
        );
    }
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, "/projects/my-blog").await;
    browser
        .read(
            "main .note.danger",
            "Keys were reported leaked. Rotate or delete them: 2 keys in prod.",
        )
        .await;
    browser.look("overview-leaked").await;
    browser.click_on("2 keys in prod").await;
    browser.arrive(&format!("{PROD}?status=leaked")).await;
    assert_eq!(browser.names("secret").await, ["server-key"]);
    browser.go(PROD).await;
    browser.read("#secret-rows .badge.danger", "Seen in a browser").await;
    browser.look("list-leaked").await;
    browser.click_on("my-app-key").await;
    browser
        .read(
            "main .note.danger",
            "Calls with it are still accepted: rotate it without an overlap, or delete it.",
        )
        .await;
    browser.look("key-leaked").await;
    browser.go(PROD).await;
    browser.click_on("server-key").await;
    browser.read("main .note.danger", "Leaked.").await;
    browser.read("main .note.warn", "Paused because it leaked.").await;
    browser.look("key-leaked-paused").await;
    browser.click_on("Rotate").await;
    browser.read("fieldset", "Not at all: it is refused at once").await;
    browser.look("rotate-leaked").await;
    browser.click_on("Rotate").await;
    browser.see("#new-key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    browser.read("dl .badge", "Active").await;
    browser.see_no("main .note.danger").await;
    browser.quit().await;
}
