//! The answers of the verifier, one after the other.

use reqwest::Method;

use super::{assert_looks_like, whole};
use crate::support::Server;

const DEV: &str = "/projects/my-blog/dev/api-keys";
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

#[tokio::test]
async fn verdicts() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    let (publishable, _) = ada.create_key(DEV, "publishable", "web").await;
    let scoped = ada.create_narrowed(DEV, "secret", "scoped", &[("scopes", "posts:read")]).await;
    let office = ada.create_narrowed(DEV, "secret", "office", &[("from", "192.0.2.0/24")]).await;
    let (deleted, id) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &id, "old-key").await.expect(303);
    let (paused, id) = ada.create_key(DEV, "secret", "paused").await;
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);

    let api = server.api();
    let (dev, key) = ("/v1/verify/my-blog/dev", "/v1/key/my-blog/dev");
    let get: &[(&str, &str)] =
        &[("X-Original-Method", "GET"), ("X-Original-URI", "/v1/data/posts")];
    let write: &[(&str, &str)] =
        &[("X-Original-Method", "POST"), ("X-Original-URI", "/v1/data/posts")];
    let mut text = String::new();
    for (title, path, value, more) in [
        ("a secret key", dev, &*secret, get),
        ("a secret key, in JSON", key, &secret, get),
        ("a publishable key", dev, &publishable, get),
        ("a publishable key that may not write", dev, &publishable, write),
        ("a publishable key without the original request", dev, &publishable, &[]),
        ("a scoped key", dev, &scoped, get),
        ("a scoped key beyond its scopes", dev, &scoped, write),
        ("a scoped key without the original request", dev, &scoped, &[]),
        ("a key for other addresses", dev, &office, get),
        ("a key of another environment", "/v1/verify/my-blog/prod", &secret, get),
        ("an unknown key", dev, UNKNOWN, get),
        ("a deleted key", dev, &deleted, get),
        ("a paused key", dev, &paused, get),
        ("a mask", dev, "sk_0123••••••••7848", get),
        ("a cut key", dev, &secret[..40], get),
        ("no key", dev, "", get),
        ("a project that is not there", "/v1/verify/no-blog/dev", &secret, get),
        ("an environment that is not there", "/v1/verify/my-blog/qa", &secret, get),
        ("no environment", "/v1/verify", &secret, get),
        ("no environment, in JSON", "/v1/key", &secret, get),
    ] {
        let mut headers = vec![("X-API-Key", value.as_bytes())];
        headers.extend(more.iter().map(|(name, value)| (*name, value.as_bytes())));
        let page = api.call(Method::GET, path, &headers).await;
        text.push_str(&format!("## {title}: GET {path}\n{}\n\n", whole(&page)));
    }
    assert_looks_like("verdicts", &text);
}
