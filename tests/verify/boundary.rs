//! For which API a key is good: only for the environment that the gateway asks for.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::{DEV, environment_id, told};
use crate::support::{ApiClient, Page, Server, TestDatabase, Verified, eventually, raw};

const STAGING: &str = "/projects/my-blog/staging/api-keys";
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

async fn ask(api: &ApiClient, path: &str, key: &str) -> Page {
    api.call(Method::GET, path, &[("X-API-Key", key.as_bytes())]).await
}

#[tokio::test]
async fn a_key_of_another_environment_is_refused_and_told_which_it_is_of() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dev, _) = ada.create_key(DEV, "secret", "server-key").await;
    let (staging, _) = ada.create_key(STAGING, "publishable", "web").await;
    let api = server.api();
    assert_eq!(api.verify_for("my-blog/dev", &dev).await, Verified::Good("admin".to_owned()));
    for endpoint in ["verify", "key"] {
        for (asked, key, message) in [
            ("prod", &dev, "This is a key of dev; this API takes keys of prod."),
            ("staging", &dev, "This is a key of dev; this API takes keys of staging."),
            ("dev", &staging, "This is a key of staging; this API takes keys of dev."),
            (&environment_id(&server, "prod"), &dev, "this API takes keys of prod."),
        ] {
            let page = ask(&api, &format!("/v1/{endpoint}/my-blog/{asked}"), key).await;
            let json = page.expect(401).json();
            assert_eq!(json["error"], "INVALID_TOKEN", "{asked}");
            assert!(json["message"].as_str().unwrap().ends_with(message), "{json}");
        }
    }
}

#[tokio::test]
async fn a_key_that_nobody_has_there_is_refused_no_sooner_than_5_milliseconds_after_it_came() {
    let server = Server::start_bare(TestDatabase::migrated(), &[]).await;
    server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Shop", &bob);
    let shop = server.sign_in("bob@example.com").await;
    let (foreign, _) = shop.create_key("/projects/shop/dev/api-keys", "secret", "a").await;
    let api = server.api();
    for (asked, key) in [
        ("my-blog/dev", &*foreign),
        ("my-blog/dev", UNKNOWN),
        ("my-blog/no", &foreign),
        ("no/dev", &foreign),
    ] {
        for endpoint in ["verify", "key"] {
            let began = Instant::now();
            ask(&api, &format!("/v1/{endpoint}/{asked}"), key).await.expect(401);
            assert!(began.elapsed() >= Duration::from_millis(5), "{asked}");
        }
    }
}

#[tokio::test]
async fn a_key_of_another_project_is_answered_like_one_that_nobody_has() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Shop", &bob);
    let shop = server.sign_in("bob@example.com").await;
    let list = "/projects/shop/dev/api-keys";
    let (living, id) = shop.create_key(list, "secret", "server-key").await;
    let (paused, paused_id) = shop.create_key(list, "secret", "paused").await;
    shop.post(&format!("{list}/{paused_id}/pause"), &[]).await.expect(303);
    let (deleted, deleted_id) = shop.create_key(list, "secret", "deleted").await;
    shop.delete_key(list, &deleted_id, "deleted").await.expect(303);
    let scopes = [("scopes", "posts:read")];
    let scoped = shop.create_narrowed(list, "secret", "scoped", &scopes).await;
    ada.create_key(DEV, "secret", "own").await;
    let api = server.api();
    for path in ["/v1/verify/my-blog/dev", "/v1/key/my-blog/dev", "/v1/verify/my-blog/*"] {
        let nobody = told(&ask(&api, path, UNKNOWN).await);
        for key in [&living, &paused, &deleted, &scoped] {
            assert_eq!(told(&ask(&api, path, key).await), nobody, "{path}");
        }
    }
    // Its own page tells, but not which project it was.
    let refused = || {
        server.database.query(&format!(
            "SELECT reason || ' ' || CAST(calls AS TEXT) AS value FROM usage_refusals WHERE key_id = '{id}'"
        ))
    };
    eventually(|| refused() == ["other-project 2"]).await;
    let page = shop.get(&format!("{list}/{id}")).await.expect(200);
    assert!(page.text("main").contains("Refused: another project (2)."), "{}", page.text("main"));
    assert!(!page.body.contains("my-blog"));
}

#[tokio::test]
async fn a_digest_that_two_projects_have_is_each_project_s_own_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.project("Shop", &bob);
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    server.database.execute(&format!(
        "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at)
         SELECT 'key_' || substr(environments.id, 5), environments.id, environments.project_id, 'publishable', 'copy', 'copy',
             mask, digest, api_keys.created_at
         FROM api_keys, environments, projects
         WHERE api_keys.id = '{id}' AND environments.name = 'dev' AND projects.id = environments.project_id
             AND projects.slug = 'shop'"
    ));
    let api = server.api();
    assert_eq!(api.verify_for("my-blog/dev", &key).await, Verified::Good("admin".to_owned()));
    assert_eq!(api.verify_for("shop/dev", &key).await, Verified::Good("guest".to_owned()));
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(api.verify_for("shop/dev", &key).await, Verified::Good("guest".to_owned()));
    let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
    assert_eq!(api.verify_for("my-blog/dev", &key).await, revoked);
}

#[tokio::test]
async fn what_does_not_exist_is_told_to_trusted_peers_only() {
    let trusting = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let wary = Server::start_bare(TestDatabase::migrated(), &[]).await;
    for (server, trusted) in [(&trusting, true), (&wary, false)] {
        let ada = server.ada().await;
        let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
        let api = server.api();
        let nobody = told(&ask(&api, "/v1/verify/my-blog/dev", UNKNOWN).await);
        for (asked, error) in [
            ("no-blog/dev", "PROJECT_NOT_FOUND"),
            ("my-blog/qa", "ENVIRONMENT_NOT_FOUND"),
            ("prj_0192aaaabbbb7ccc8dddeeeeffff0000/dev", "PROJECT_NOT_FOUND"),
            ("my-blog/env_0192aaaabbbb7ccc8dddeeeeffff0000", "ENVIRONMENT_NOT_FOUND"),
            ("my-blog/*", "ENVIRONMENT_NOT_FOUND"),
            ("My-Blog/dev", "ENVIRONMENT_NOT_FOUND"),
            ("my-blog/DEV", "ENVIRONMENT_NOT_FOUND"),
            ("my-blog/..", "ENVIRONMENT_NOT_FOUND"),
            ("my-blog/d%65v", "ENVIRONMENT_NOT_FOUND"),
            ("my%2dblog/dev", "ENVIRONMENT_NOT_FOUND"),
            ("my_blog/dev", "ENVIRONMENT_NOT_FOUND"),
            ("*/dev", "ENVIRONMENT_NOT_FOUND"),
        ] {
            // By hand: a client would put `..` right.
            let head = format!("GET /v1/verify/{asked} HTTP/1.1\r\nX-API-Key: {key}");
            let answer = raw::send(&server.origin, head.as_bytes(), b"").await;
            if trusted {
                assert_eq!(answer.status, 403, "{asked}");
                assert!(answer.body.contains(error), "{asked}: {}", answer.body);
            } else {
                assert_eq!((answer.status, answer.body), (nobody.0, nobody.1.clone()), "{asked}");
            }
        }
    }
}

#[tokio::test]
async fn an_address_of_another_length_is_404_and_says_what_to_write() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for endpoint in ["/v1/verify", "/v1/key"] {
        let thirty = "/x".repeat(30);
        for rest in ["", "/", "/my-blog", "/my-blog/", "/my-blog/dev/", "/my-blog/dev/x", &thirty] {
            let path = format!("{endpoint}{rest}");
            let page = ask(&server.api(), &path, &key).await;
            if rest == "/my-blog/" {
                page.expect(403); // two segments, one of which is empty
                continue;
            }
            let json = page.expect(404).json();
            let message = format!("{endpoint}/{{project}}/{{environment}}");
            assert!(json["message"].as_str().unwrap().contains(&message), "{path}: {json}");
        }
    }
}

#[tokio::test]
async fn a_longer_address_needs_a_trusted_peer_that_says_what_its_own_part_is() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let same = TestDatabase::at(server.database.url().to_owned());
    let wary = Server::start_bare(same, &[]).await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let own = "/v1/verify/my-blog/dev";
    let ask = async |server: &Server, path: &str, from: &[&str]| {
        let mut headers = vec![("X-API-Key", key.as_bytes())];
        headers.extend(from.iter().map(|from| ("X-Original-From", from.as_bytes())));
        server.api().call(Method::GET, path, &headers).await.status.as_u16()
    };
    let path = format!("{own}/v1/data/posts/1");
    assert_eq!(ask(&server, &path, &[own]).await, 200);
    assert_eq!(ask(&server, &path, &[]).await, 404, "nobody says so");
    assert_eq!(ask(&wary, &path, &[own]).await, 404, "not from a trusted peer");
    assert_eq!(ask(&wary, own, &["/v1/verify/my-blog/prod"]).await, 200, "what a client wrote");
    for from in [
        &["path"][..],
        &[own, own],
        &[""],
        &["/v1/verify/my-blog/prod"],
        &["/v1/verify/my-blog/de"],
        &["/v1/verify/my-blog"],
        &["/v1/verify/my-blog/dev/"],
        &["/v1/verify/my-blog/dev/v1"],
        &["/v1/verify"],
        &["/v1/key/my-blog/dev"],
        &["https://api.example.com/v1/verify/my-blog/dev"],
    ] {
        assert_eq!(ask(&server, &path, from).await, 403, "{from:?}");
    }
    assert_eq!(ask(&server, own, &[own]).await, 403, "there is no original path");
    assert_eq!(ask(&server, &format!("{own}x/v1/data"), &[own]).await, 403);
    // A gateway whose own part lacks the environment lets the client's path choose none.
    assert_eq!(ask(&server, "/v1/verify/my-blog/dev/x", &["/v1/verify/my-blog/"]).await, 403);
}

#[tokio::test]
async fn the_query_of_an_appended_path_is_judged_with_it() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let scopes = [("scopes", "posts:read")];
    let key = ada.create_narrowed(DEV, "secret", "reader", &scopes).await;
    let own = "/v1/verify/my-blog/dev";
    for (query, status) in [("", 200), ("?page=2", 200), ("?_method=DELETE", 403)] {
        let headers = [("X-API-Key", key.as_bytes()), ("X-Original-From", own.as_bytes())];
        let path = format!("{own}/v1/data/posts/1{query}");
        let page = server.api().call(Method::GET, &path, &headers).await;
        assert_eq!(page.status, status, "{query}: {}", page.body);
    }
}

/// Also by its id: what an id or a name meant last, it goes on meaning.
#[tokio::test]
async fn of_a_deleted_environment_its_keys_are_told_and_trusted_gateways() {
    let trusting = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let same = TestDatabase::at(trusting.database.url().to_owned());
    let wary = Server::start_bare(same, &[]).await;
    let ada = trusting.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let (staging, _) = ada.create_key(STAGING, "secret", "server-key").await;
    let id = environment_id(&trusting, "dev");
    let delete = format!("/projects/my-blog/environments/{id}/delete");
    ada.post(&delete, &[("confirm", "dev")]).await.expect(303);
    let nobody = told(&ask(&wary.api(), "/v1/verify/my-blog/staging", UNKNOWN).await);
    let asked = ["my-blog/dev".to_owned(), format!("my-blog/{id}")];
    for asked in &asked {
        for server in [&trusting, &wary] {
            let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
            assert_eq!(server.api().verify_for(asked, &key).await, revoked, "{asked}");
        }
        for other in [&staging, UNKNOWN] {
            let path = format!("/v1/verify/{asked}");
            let page = ask(&trusting.api(), &path, other).await.expect(403);
            assert_eq!(page.json()["error"], "ENVIRONMENT_NOT_FOUND", "{asked}");
            let message = format!("There is no such environment: the gateway asks for {asked}.");
            assert_eq!(page.json()["message"], message);
            assert_eq!(told(&ask(&wary.api(), &path, other).await), nobody, "{asked}");
        }
    }
    let page = ask(&wary.api(), "/v1/verify/my-blog/staging", &key).await.expect(401);
    let message =
        "This is a key of an environment that was deleted; this API takes keys of staging.";
    assert_eq!(page.json()["message"], message);
    // The whole project.
    let delete = "/projects/my-blog/settings/delete";
    ada.post(delete, &[("confirm", "My Blog")]).await.expect(303);
    for asked in asked.iter().map(String::as_str).chain(["my-blog/staging"]) {
        let path = format!("/v1/verify/{asked}");
        let page = ask(&trusting.api(), &path, UNKNOWN).await.expect(403);
        assert_eq!(page.json()["error"], "PROJECT_NOT_FOUND", "{asked}");
        assert_eq!(told(&ask(&wary.api(), &path, UNKNOWN).await), nobody, "{asked}");
    }
    let revoked = Verified::Refused(401, "TOKEN_REVOKED".to_owned());
    assert_eq!(wary.api().verify_for("my-blog/staging", &staging).await, revoked);
}
