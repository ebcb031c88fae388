//! What calls may do and where they may come from: rights, scopes, origins, browsers, addresses.

mod elsewhere;
mod keys_only;
mod operations;
mod places;
mod scopes;
mod settings;
mod trust;
mod unknown;

use reqwest::Method;

pub use self::elsewhere::SPELLINGS;
pub use self::keys_only::turn;
use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const RULES: &str = "/projects/my-blog/dev/access-rules";

/// A server that trusts a gateway on this machine.
async fn behind_a_gateway() -> Server {
    Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await
}

/// The verifier's answer about a key of `dev` with these headers.
async fn call(server: &Server, key: &str, headers: &[(&str, &str)]) -> Page {
    call_in(server, "dev", key, headers).await
}

/// The same in another environment.
async fn call_in(server: &Server, environment: &str, key: &str, headers: &[(&str, &str)]) -> Page {
    let mut all: Vec<(&str, &[u8])> = vec![("X-API-Key", key.as_bytes())];
    all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    server.api().call(Method::GET, &format!("/v1/verify/my-blog/{environment}"), &all).await
}

/// The verifier's answer about a key of `dev` and an original request, as nginx passes it.
async fn original(server: &Server, key: &str, method: &str, uri: &str) -> Page {
    original_in(server, "dev", key, method, uri).await
}

/// The same in another environment.
async fn original_in(
    server: &Server,
    environment: &str,
    key: &str,
    method: &str,
    uri: &str,
) -> Page {
    let headers = [("X-Original-Method", method), ("X-Original-URI", uri)];
    call_in(server, environment, key, &headers).await
}

#[track_caller]
fn assert_forbidden(page: &Page, error: &str, message: &str, case: &str) {
    assert_eq!(page.status, 403, "{case}: {}", page.body);
    let json = page.json();
    assert_eq!((&json["statusCode"], &json["error"]), (&403.into(), &error.into()), "{case}");
    assert!(json["message"].as_str().unwrap().contains(message), "{case}: {json}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
    for name in crate::verify::IDENTITY {
        assert_eq!(page.header(name), None, "{case}: {name} on a refusal");
    }
}
