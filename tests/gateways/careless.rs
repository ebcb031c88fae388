//! Configurations that were copied with mistakes: nobody else gets in, and the answer says what to
//! do.

use reqwest::Method;

use super::world::{ENVIRONMENTS, READ, World, call, seen};
use crate::support::gateway::{ALL, ENVIRONMENT, ENVOY, Gateway};
use crate::support::{Server, TestDatabase};

const BOUND: &str = "/v1/verify/{project}/{environment}";

/// Sends every key to a gateway with a wrong file: all are refused, with the reason.
async fn refuses_all(world: &World, gateway: &Gateway, status: u16, words: &str) {
    let before = world.api.calls();
    for key in &world.keys {
        for path in [READ, "/", &format!("/{}/x", key.environment), "/prod/x", "/my-blog/prod/x"] {
            let page = call(gateway, Method::GET, path, &[("X-API-Key", &key.text)]).await;
            let case = format!("{} {} {path}: {}", gateway.kind.name, key.environment, page.body);
            assert_eq!(page.status.as_u16(), status, "{case}");
            assert!(page.json()["message"].as_str().unwrap().contains(words), "{case}");
        }
    }
    assert_eq!(world.api.calls(), before, "{}", gateway.kind.name);
}

#[tokio::test]
async fn a_file_without_an_environment_lets_nobody_in() {
    let world = World::new().await;
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog")]).await {
        let envoy = gateway.kind.name == "envoy";
        refuses_all(&world, &gateway, if envoy { 403 } else { 404 }, BOUND).await;
    }
}

#[tokio::test]
async fn an_old_file_lets_nobody_in() {
    let world = World::new().await;
    for gateway in world.gateways(&[("/v1/verify/my-blog/prod", "/v1/verify")]).await {
        let envoy = gateway.kind.name == "envoy";
        refuses_all(&world, &gateway, if envoy { 403 } else { 404 }, BOUND).await;
    }
    // As Envoy's file was.
    let edits = [
        ("path_prefix: /v1/verify/my-blog/prod", "path_prefix: /v1/verify"),
        ("value: /v1/verify/my-blog/prod", "value: path"),
    ];
    for gateway in world.gateways_of(&[ENVOY], &edits).await {
        refuses_all(&world, &gateway, 403, BOUND).await;
    }
}

#[tokio::test]
async fn x_original_from_that_says_only_path_lets_nobody_in() {
    let world = World::new().await;
    let edits = [("value: /v1/verify/my-blog/prod", "value: path")];
    for gateway in world.gateways_of(&[ENVOY], &edits).await {
        refuses_all(&world, &gateway, 403, BOUND).await;
    }
}

/// The file has an unknown name, or the name of another project. The headers say which it was, so
/// the API should look at them.
#[tokio::test]
async fn a_file_with_another_project_s_name_lets_none_of_ours_in() {
    let world = World::new().await;
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blgo/prod")]).await {
        refuses_all(&world, &gateway, 403, "no such project: the gateway asks for my-blgo/prod")
            .await;
    }
    let shop = world.id("projects", "slug = 'shop'");
    for gateway in world.gateways(&[(ENVIRONMENT, "shop/prod")]).await {
        for key in &world.keys {
            let page = call(&gateway, Method::GET, READ, &[("X-API-Key", &key.text)]).await;
            let case = format!("{} {}: {}", gateway.kind.name, key.environment, page.body);
            assert_eq!(page.status == 200, key.environment == "shop/prod", "{case}");
            if let Some(seen) = seen(&page) {
                assert_eq!(seen.values("x-project-id"), [shop.as_str()], "{case}");
                assert_eq!(seen.values("x-environment"), ["prod"], "{case}");
            }
        }
    }
}

/// Keyrack was started without `--trusted-proxy`: what a call does is not known, so narrowed keys and
/// publishable ones are refused. The environment holds all the same.
#[tokio::test]
async fn without_trusted_proxy_only_what_needs_no_request_gets_in() {
    let world = World::new().await;
    let database = TestDatabase::at(world.server.database.url().to_owned());
    let wary = Server::start_bare(database, &[]).await;
    let keyrack = wary.origin.strip_prefix("http://").unwrap();
    let api = world.api.address.to_string();
    for kind in ALL {
        for asked in &ENVIRONMENTS[1..3] {
            let Some(gateway) = Gateway::start(kind, keyrack, &api, asked).await else { continue };
            for key in &world.keys {
                let page = call(&gateway, Method::GET, READ, &[("X-API-Key", &key.text)]).await;
                let case = format!("{} {} at {asked}: {}", kind.name, key.environment, page.body);
                let (secret, own) = (key.text.starts_with("sk_"), key.environment == *asked);
                // Envoy appends the path of the call, which is believed from trusted peers only.
                let envoy = kind.name == "envoy";
                assert_eq!(page.status == 200, own && secret && !envoy, "{case}");
                if envoy || (own && !secret) {
                    let message = page.json()["message"].as_str().unwrap().to_owned();
                    assert!(message.contains("--trusted-proxy"), "{case}");
                }
            }
        }
    }
}
