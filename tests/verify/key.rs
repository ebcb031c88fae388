//! `GET /v1/key/{project}/{environment}`: the same answer for an API's own code, and the other
//! addresses under `/v1`.

use reqwest::Method;

use super::DEV;
use crate::support::{ORIGINAL, Server};

#[tokio::test]
async fn it_tells_what_the_key_is() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let project = server.database.query("SELECT id AS value FROM projects").remove(0);
    for (kind, group, name) in
        [("secret", "admin", "\"server\" ключ 🔑"), ("publishable", "guest", "my-app-key")]
    {
        let (key, id) = ada.create_key(DEV, kind, name).await;
        let page = server
            .api()
            .call(
                Method::GET,
                "/v1/key/my-blog/dev",
                &[&[("X-API-Key", key.as_bytes())], &ORIGINAL[..]].concat(),
            )
            .await
            .expect(200);
        assert_eq!(page.header("content-type"), Some("application/json"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let expected = serde_json::json!({
            "id": id, "name": name, "kind": kind, "project": project, "environment": "dev", "group": group, "user_id": null,
            "scopes": null, "addresses": null, "rate": null, "expires_at": null
        });
        assert_eq!(page.json(), expected);
    }
}

#[tokio::test]
async fn other_methods_are_405_in_json_and_say_what_is_allowed() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let page = server
            .api()
            .call(method.clone(), "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
            .await;
        assert_eq!(page.status, 405, "{method}");
        assert_eq!(page.header("allow"), Some("GET, HEAD"), "{method}");
        assert_eq!(page.json()["error"], "METHOD_NOT_ALLOWED", "{method}");
        assert_eq!(page.json()["statusCode"], 405, "{method}");
    }
}

#[tokio::test]
async fn unknown_addresses_for_programs_are_404_in_json_whatever_the_method() {
    let server = Server::start().await;
    let check = async || {
        for path in [
            "/v1",
            "/v1/",
            "/v1/keys",
            "/v1/key",
            "/v1/key/",
            "/v1/key/my-blog",
            "/v1/key/my-blog/dev/",
            "/v1/verify",
            "/v1/verify/",
            "/v1/verify/my-blog",
            "/v1/verify/my-blog/dev/",
            "/v1/verify/a/b/c",
            "/v1/verifyx",
            "/v1/%ff",
            "/v1/verify%2f..%2fkey",
        ] {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
                let page = server.api().call(method.clone(), path, &[]).await;
                assert_eq!(page.status, 404, "{method} {path} {}", page.body);
                assert_eq!(
                    page.header("content-type"),
                    Some("application/json"),
                    "{method} {path}"
                );
                if method != Method::HEAD {
                    assert_eq!(page.json()["error"], "NOT_FOUND", "{method} {path}");
                }
            }
        }
    };
    check().await; // before setup, and after
    server.ada().await;
    check().await;
}
