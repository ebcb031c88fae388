//! The request that is judged is the one that reaches the API: no header gives it another method or
//! address there.

use reqwest::Method;

use super::IDENTITY;
use super::world::{READ, World, call};
use crate::support::gateway::ENVIRONMENT;
use crate::support::{Page, Seen, raw};

const METHODS: [&str; 3] = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
const ADDRESSES: [&str; 2] = ["X-Original-URL", "X-Rewrite-URL"];

/// All spellings that WSGI, CGI and PHP read as the same header, in two cases.
fn spellings(name: &str) -> Vec<String> {
    let dashes = name.matches('-').count();
    let spelling = |mask: usize| {
        let mut dash = 0;
        let each = name.chars().map(|c| {
            if c != '-' {
                return c;
            }
            dash += 1;
            if mask >> (dash - 1) & 1 == 1 { '_' } else { '-' }
        });
        each.collect::<String>()
    };
    (0..1 << dashes)
        .map(spelling)
        .flat_map(|name| [name.to_lowercase(), name.to_uppercase()])
        .collect()
}

#[tokio::test]
async fn no_header_names_another_method_or_another_address_to_the_api() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    let preflight =
        [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST")];
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        for name in METHODS.into_iter().chain(ADDRESSES).chain(["Forwarded"]) {
            for spelling in spellings(name) {
                let case = format!("{} {spelling}", gateway.kind.name);
                // Byte by byte: a client library would write all names in the same case.
                let value = if METHODS.contains(&name) { "PUT" } else { "/forged" };
                for more in ["", "OPTIONS"] {
                    let (method, more) = match more {
                        "" => ("POST", format!("X-API-Key: {key}")),
                        method => (method, as_lines(&preflight)),
                    };
                    let head = format!(
                        "{method} {READ} HTTP/1.1\r\n{more}\r\n{spelling}: {value}\r\n{spelling}: {value}"
                    );
                    let answer = raw::send(&gateway.origin, head.as_bytes(), b"").await;
                    assert_eq!(answer.status, 200, "{case}: {}", answer.body);
                    let seen: Seen =
                        serde_json::from_str(answer.header("x-seen").unwrap()).unwrap();
                    let name = name.to_lowercase();
                    assert_eq!(seen.values(&name), Vec::<&str>::new(), "{case} {method}");
                    assert_eq!(seen.method, method, "{case}");
                }
            }
        }
    }
}

fn as_lines(headers: &[(&str, &str)]) -> String {
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.join("\r\n")
}

/// A client that asks for another method is told that the key may not do that; it would be a
/// surprise if the call did something else than it says.
#[tokio::test]
async fn another_method_is_judged_as_well() {
    let world = World::new().await;
    let options = [("scopes", "posts:read")];
    let list = "/projects/my-blog/dev/api-keys";
    let reader = world.ada.create_narrowed(list, "secret", "reader", &options).await;
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        let kind = gateway.kind.name;
        let ask = async |more: &[(&str, &str)], query: &str| {
            let headers = [&[("X-API-Key", reader.as_str())], more].concat();
            call(&gateway, Method::GET, &format!("{READ}{query}"), &headers).await
        };
        assert_eq!(ask(&[], "").await.status, 200, "{kind}");
        let before = world.api.calls();
        for name in METHODS {
            for values in [&["DELETE"][..], &["delete"], &["GET", "DELETE"], &["GET, DELETE"]] {
                let more: Vec<_> = values.iter().map(|value| (name, *value)).collect();
                let page = ask(&more, "").await;
                assert_insufficient(&page, &format!("{kind} {more:?}"));
            }
            assert_eq!(ask(&[(name, "GET")], "").await.status, 200, "{kind} {name}");
        }
        for query in ["?_method=DELETE", "?a=1&%5fmethod=delete", "?$method=DELETE"] {
            assert_insufficient(&ask(&[], query).await, &format!("{kind} {query}"));
        }
        assert_eq!(world.api.calls(), before + METHODS.len(), "{kind}");
    }
}

#[track_caller]
fn assert_insufficient(page: &Page, case: &str) {
    assert_eq!(page.status, 403, "{case}: {}", page.body);
    assert_eq!(page.json()["error"], "SCOPE_INSUFFICIENT", "{case}");
}

/// An API may have names with slashes in them: where the path can't change the answer, it passes.
/// Envoy refuses some by itself, and the rest it puts right before it asks.
#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_passes_where_that_does_not_matter() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        let kind = gateway.kind.name;
        for (path, envoy) in [
            ("/v1/data/posts/a%2Fb", None),
            ("/v1/data/posts/a%2fb", None),
            ("/v1/data/posts/a%5Cb", None),
            ("/v1/data/posts/a%25b", Some("/v1/data/posts/a%25b")),
            ("/v1/data/posts/a%252Fb", Some("/v1/data/posts/a%252Fb")),
            ("/v1/data/posts/a;b=1", Some("/v1/data/posts/a;b=1")),
            ("/v1/data/posts/a%3Bb", Some("/v1/data/posts/a%3Bb")),
            ("/v1/data//posts/a", Some("/v1/data/posts/a")),
            ("/v1/data/./posts/a", Some("/v1/data/posts/a")),
            ("/v1/x/../data/posts/a", Some("/v1/data/posts/a")),
        ] {
            let head = format!("GET {path} HTTP/1.1\r\nX-API-Key: {key}");
            let answer = raw::send(&gateway.origin, head.as_bytes(), b"").await;
            let case = format!("{kind} {path}: {} {}", answer.status, answer.body);
            if kind == "envoy" {
                assert_eq!(answer.status, if envoy.is_some() { 200 } else { 400 }, "{case}");
            } else {
                assert_eq!(answer.status, 200, "{case}");
            }
            let Some(seen) = answer.header("x-seen") else { continue };
            let seen: Seen = serde_json::from_str(seen).unwrap();
            for name in IDENTITY {
                assert_eq!(seen.values(name).len(), 1, "{case}");
            }
            if kind == "envoy" {
                assert_eq!(Some(seen.uri.as_str()), envoy, "{case}");
            }
        }
    }
}
