//! The verification contract: what `/v1/verify` promises to gateways.

mod addresses;
mod boundary;
mod concurrency;
mod copy;
mod damaged;
mod foreign;
mod key;
mod refusals;
mod wire;

use reqwest::Method;

use crate::support::{ORIGINAL, Page, Server};

pub const DEV: &str = "/projects/my-blog/dev/api-keys";

/// The headers that a gateway passes on to the API.
pub const IDENTITY: [&str; 6] =
    ["x-key-id", "x-key-kind", "x-project-id", "x-environment", "x-user-group", "x-user-id"];

/// The id of an environment of the only project.
pub fn environment_id(server: &Server, name: &str) -> String {
    let sql = format!("SELECT id AS value FROM environments WHERE name = '{name}'");
    server.database.query(&sql).remove(0)
}

/// Everything that a client could tell two answers apart by. (Headers come in any order, whatever the
/// key.)
fn told(page: &Page) -> (u16, String, Vec<(String, String)>) {
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = page.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    headers.sort();
    (page.status.as_u16(), page.body.clone(), headers)
}

/// Whether this is an answer that a gateway may let a call through on.
#[track_caller]
fn assert_good(page: &Page, expected: [&str; 6]) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        page.header("content-length"),
        Some("0"),
        "gateways keep their connection for an empty body only"
    );
    assert_eq!(page.body, "");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for (name, value) in IDENTITY.into_iter().zip(expected) {
        let values: Vec<_> = page.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
}

#[tokio::test]
async fn every_method_and_every_name_of_the_environment_gets_the_identity() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let project = server.database.query("SELECT id AS value FROM projects").remove(0);
    let environment = environment_id(&server, "dev");
    let expected = [id.as_str(), "secret", &project, "dev", "admin", "-"];
    let methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "NONSENSE"];
    for method in methods {
        for path in [
            "/v1/verify/my-blog/dev",
            "/v1/verify/my-blog/dev?key=1&x-api-key=no",
            &format!("/v1/verify/{project}/dev"),
            &format!("/v1/verify/my-blog/{environment}"),
            &format!("/v1/verify/{project}/{environment}?a%2fb/../%00/%ff"),
        ] {
            let page = server
                .api()
                .call(
                    Method::from_bytes(method.as_bytes()).unwrap(),
                    path,
                    &[("X-API-Key", key.as_bytes())],
                )
                .await;
            assert_good(&page, expected);
        }
    }
}

#[tokio::test]
async fn keys_of_all_environments_and_kinds_say_who_they_speak_for() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let project = server.database.query("SELECT id AS value FROM projects").remove(0);
    for environment in ["dev", "staging", "prod"] {
        for (kind, group) in [("publishable", "guest"), ("secret", "admin")] {
            let list = format!("/projects/my-blog/{environment}/api-keys");
            let (key, id) = ada.create_key(&list, kind, "my key").await;
            assert!(key.starts_with(if kind == "secret" { "sk_" } else { "pk_" }), "{key}");
            let page = server.api().ask_for(&format!("my-blog/{environment}"), &key, &[]).await;
            assert_good(&page, [&id, kind, &project, environment, group, "-"]);
        }
    }
}

#[tokio::test]
async fn blanks_around_a_key_do_not_count() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for value in [format!("  {key}"), format!("{key}\t "), format!("\t{key} \t")] {
        let page = server
            .api()
            .call(Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", value.as_bytes())])
            .await;
        assert_eq!(page.status, 200, "{value:?}");
    }
}

#[tokio::test]
async fn forged_identity_headers_and_bodies_change_nothing() {
    let server = Server::start().await;
    let (key, id) = server.ada().await.create_key(DEV, "publishable", "my-app-key").await;
    let project = server.database.query("SELECT id AS value FROM projects").remove(0);
    let mut headers: Vec<(&str, &[u8])> = IDENTITY.map(|name| (name, &b"forged"[..])).to_vec();
    headers.extend([
        ("X-API-Key", key.as_bytes()),
        ("Authorization", b"Bearer nonsense"),
        ("Cookie", b"keyrack=nonsense"),
    ]);
    headers.extend(ORIGINAL);
    let page = server.api().call(Method::POST, "/v1/verify/my-blog/dev?posts", &headers).await;
    assert_good(&page, [&id, "publishable", &project, "dev", "guest", "-"]);
}
