//! For which API a key is good: only for the one whose gateway asks for its environment.

use futures_util::future::join_all;
use reqwest::Method;

use super::UNKNOWN;
use super::world::{ENVIRONMENTS, READ, World, call, seen};
use crate::support::gateway::{ALL, ENVIRONMENT, Gateway};
use crate::support::raw;

#[tokio::test]
async fn each_gateway_lets_only_the_keys_of_its_environment_through() {
    let world = World::new().await;
    let shop = world.id("projects", "slug = 'shop'");
    let shop_prod = world.id("environments", &format!("name = 'prod' AND project_id = '{shop}'"));
    for asked in ENVIRONMENTS {
        // Names or IDs: each is tried.
        let written = match asked {
            "shop/prod" => format!("{shop}/{shop_prod}"),
            "shop/dev" => format!("{shop}/dev"),
            name => name.to_owned(),
        };
        let gateways = world.gateways(&[(ENVIRONMENT, &written)]).await;
        join_all(gateways.iter().map(|gateway| lets_through(&world, gateway, asked))).await;
    }
    let expected = ENVIRONMENTS.len() * 2 * world.gateways_that_are_here();
    assert_eq!(world.api.calls(), expected, "two keys at each address, and nothing else");
}

async fn lets_through(world: &World, gateway: &Gateway, asked: &str) {
    let (project, environment) = asked.split_once('/').unwrap();
    let project = world.id("projects", &format!("slug = '{project}'"));
    let nobody = call(gateway, Method::GET, READ, &[("X-API-Key", UNKNOWN)]).await;
    for key in &world.keys {
        let case = format!("{}: {} at {asked}", gateway.kind.name, key.environment);
        let page = call(gateway, Method::GET, READ, &[("X-API-Key", &key.text)]).await;
        if key.environment == asked {
            assert_eq!(page.status, 200, "{case}: {}", page.body);
            let seen = seen(&page).unwrap();
            assert_eq!(seen.values("x-project-id"), [project.as_str()], "{case}");
            assert_eq!(seen.values("x-environment"), [environment], "{case}");
            continue;
        }
        assert_eq!(page.status, 401, "{case}: {}", page.body);
        let (others_project, others) = key.environment.split_once('/').unwrap();
        if asked.starts_with(others_project) {
            let message =
                format!("This is a key of {others}; this API takes keys of {environment}.");
            assert_eq!(page.json()["message"], message, "{case}");
        } else {
            assert_eq!(page.body, nobody.body, "{case}: like a key that nobody has");
        }
        // What a client says can't change what the gateway asks for.
        let home = format!("/v1/verify/{}", key.environment);
        for path in [
            format!("/../../{}/x", key.environment),
            format!("/%2e%2e/%2e%2e/{}/x", key.environment),
            format!("/..%2f..%2f{}/x", key.environment),
            format!("{home}/x"),
            format!("http://127.0.0.1{home}"),
            READ.to_owned(),
        ] {
            let head = format!(
                "GET {path} HTTP/1.1\r\nX-API-Key: {}\r\nX-Original-From: {home}\r\n\
                 X-Original-URI: {home}\r\nX-Original-URL: {home}\r\nX-Rewrite-URL: {home}\r\n\
                 X-Forwarded-Prefix: {home}\r\nX-Forwarded-Uri: {home}\r\nX-Environment: {others}",
                key.text
            );
            let answer = raw::send(&gateway.origin, head.as_bytes(), b"").await;
            assert!((400..500).contains(&answer.status), "{case}: {path}: {}", answer.status);
        }
    }
}

impl World {
    fn gateways_that_are_here(&self) -> usize {
        ALL.iter().filter(|kind| kind.is_here()).count()
    }
}
