//! `POST /v1/leaks`: somebody found a key where it should not be.

mod mail;
mod pages;
mod report;

use chrono::NaiveDateTime;
use keyrack::domain::api_keys::{self, Digest, Leak};
use keyrack::domain::{Act, Actor, os_rng};
use reqwest::{Client, Method};

use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
/// A well-formed key that nobody has issued.
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

/// Sends any body, from an address behind a proxy.
async fn send(server: &Server, body: impl Into<reqwest::Body>) -> Page {
    Page::of(
        Client::new()
            .request(Method::POST, server.url("/v1/leaks"))
            .body(body)
            .send()
            .await
            .unwrap(),
    )
    .await
}

/// Reports a key.
async fn report(server: &Server, key: &str) -> Page {
    send(server, serde_json::json!({ "key": key }).to_string()).await
}

/// Reports a key, which is marked once the answer has arrived.
async fn leak(server: &Server, key: &str) {
    let before = told(server).len();
    report(server, key).await.expect(202);
    assert_eq!(told(server).len(), before + 1);
}

/// The entries of the activity about leaks.
fn told(server: &Server) -> Vec<String> {
    let sql = "SELECT actor || ' ' || mask || ': ' || detail AS value FROM activity WHERE action = 'key.leaked' ORDER BY id";
    server.database.query(sql)
}

/// Does what the handler does, at any given time.
fn act(server: &Server, key: &str, now: NaiveDateTime) -> Option<Leak> {
    let stranger = Actor::Stranger { address: None };
    let digest = Digest::of_found(key);
    server
        .write(|c| api_keys::report_leak(c, &mut Act::new(&stranger, now, &mut os_rng()), &digest))
        .pop()
}

/// Rotates a key; gives its new value.
async fn rotate(who: &crate::support::SignedIn, id: &str, overlap: &str, times: usize) -> Page {
    let token = format!("{times:032x}");
    let fields =
        [("token", token.as_str()), ("rotations", &times.to_string()), ("overlap", overlap)];
    who.post(&format!("{DEV}/{id}/rotate"), &fields).await
}
