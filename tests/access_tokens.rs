//! Access tokens of users: which are good, which are refused, and where their keys come from.

mod algorithms;
mod discovered;
mod fetched;
mod forged;
mod page;
mod pasted;
mod removed;
mod rotated;
mod subject;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::tokens::Signer;
use crate::support::{Answer, Issuer, Page, Server, SignedIn};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const TOKENS: &str = "/projects/my-blog/dev/access-tokens";
const ISSUER: &str = "https://login.example.com/";
const PRIVATE: [&str; 1] = ["--allow-private-jwks"];
const AUDIENCE: &str = "https://api.example.com";

/// Claims that are good from now on for an hour.
fn claims(server: &Server) -> Value {
    let now = server.clock.now().and_utc().timestamp();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "auth0|ada", "iat": now - 5, "nbf": now - 5, "exp": now + 3600 })
}

/// The verifier's answer about a key of `dev` with this `Authorization`.
async fn call(server: &Server, key: &str, authorization: &str) -> Page {
    call_in(server, "dev", key, authorization).await
}

/// The same in another environment.
async fn call_in(server: &Server, environment: &str, key: &str, authorization: &str) -> Page {
    let headers = [("Authorization", authorization.as_bytes())];
    server.api().ask_for(&format!("my-blog/{environment}"), key, &headers).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

async fn call_with(server: &Server, key: &str, token: &str) -> Page {
    call(server, key, &bearer(token)).await
}

#[track_caller]
fn assert_user(page: &Page, user: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!((page.header("x-user-group"), page.header("x-user-id")), (Some("user"), Some(user)));
}

#[track_caller]
fn assert_refused(page: &Page, message: &str, case: &str) {
    assert_eq!(page.status, 401, "{case}: {:?}", page.headers);
    let json = page.json();
    assert_eq!(json["error"], "INVALID_TOKEN", "{case}");
    assert!(json["message"].as_str().unwrap().contains(message), "{case}: {json}");
    assert_eq!(page.header("www-authenticate"), Some("ApiKey"), "{case}");
    for name in crate::verify::IDENTITY {
        assert_eq!(page.header(name), None, "{case}: {name} on a refusal");
    }
}

/// Waits until the condition holds, for some seconds at most.
async fn until(mut so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !so().await {
        assert!(started.elapsed() < Duration::from_secs(15), "it did not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server whose environment `dev` takes its keys from this issuer, and a publishable key.
async fn with(issuer: &Issuer) -> (Server, SignedIn, String) {
    let server = Server::start_with(&PRIVATE).await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(303);
    (server, ada, key)
}

/// A JWKS with these keys.
fn keys(ids: &[(&Signer, &str)]) -> Answer {
    let keys: Vec<_> = ids.iter().map(|(signer, id)| signer.jwk(Some(id))).collect();
    Answer::Ok(json!({ "keys": keys }).to_string())
}

#[track_caller]
fn assert_unavailable(page: &Page, begun: Instant) {
    assert_eq!(page.status, 503, "{}", page.body);
    assert_eq!(
        (page.header("retry-after"), page.json()["error"].as_str()),
        (Some("1"), Some("UNAVAILABLE"))
    );
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
}
