//! The headers that every answer carries, whatever happened.

use reqwest::Method;

use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
/// The policy that the pages were made for, word for word.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

#[track_caller]
fn assert_headers(page: &Page, api: bool, case: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex"),
    ] {
        let values: Vec<_> = page.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{case}: {name}");
    }
    let policies: Vec<_> = page
        .headers
        .get_all("content-security-policy")
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    assert_eq!(policies.len(), 1, "{case}");
    if api {
        assert!(policies[0].starts_with("default-src 'none'"), "{case}: {}", policies[0]);
    } else {
        assert_eq!(policies[0], PAGE_POLICY, "{case}");
    }
    assert_eq!(page.headers.get_all("cache-control").iter().count(), 1, "{case}");
    for name in [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "server",
        "x-powered-by",
        "strict-transport-security",
    ] {
        assert_eq!(page.header(name), None, "{case}: {name}");
    }
    if page.header("content-length") != Some("0") && !page.body.is_empty() {
        let content_type =
            page.header("content-type").unwrap_or_else(|| panic!("{case}: a body without a type"));
        assert!(
            content_type == "application/json"
                || content_type.contains("charset=utf-8")
                || content_type == "image/svg+xml",
            "{case}: {content_type}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_answer_has_them() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    assert_headers(&visitor.get("/").await.expect(403), false, "before setup");
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let token = ada.form_token(DEV, "secret").await;
    let big = "x".repeat(20_000);
    let twice = [("token", token.as_str()), ("kind", "secret"), ("name", "other")];
    let answers = [
        (200, ada.get(DEV).await),
        (200, ada.hx_get(&format!("{DEV}/{id}/delete")).await),
        (200, visitor.get("/sign-in").await),
        (303, visitor.get("/projects").await),
        (303, ada.get("/").await),
        (400, ada.get(&format!("{DEV}?q=%ff")).await),
        (400, ada.post(DEV, &[("extra", "1")]).await),
        (401, visitor.post(DEV, &[]).await),
        (403, ada.browser.post(DEV, &[("csrf", "x")]).await),
        (403, Page::of(visitor.client.post(server.url("/sign-in")).send().await.unwrap()).await),
        (403, visitor.get("/setup?token=x").await),
        (404, ada.get("/nowhere").await),
        (404, visitor.get("/nowhere").await),
        (404, visitor.get("/static/app.css").await),
        (405, Page::of(ada.browser.request(Method::PUT, DEV).send().await.unwrap()).await),
        (
            405,
            Page::of(visitor.request(Method::POST, "/static/app.css").send().await.unwrap()).await,
        ),
        (200, ada.post(DEV, &twice).await),
        (409, ada.post(DEV, &twice).await),
        (413, ada.post(DEV, &[("name", &big)]).await),
        (422, ada.delete_key(DEV, &id, "x").await),
        (
            431,
            Page::of(
                visitor
                    .request(Method::GET, "/sign-in")
                    .header("X-Big", &big)
                    .send()
                    .await
                    .unwrap(),
            )
            .await,
        ),
    ];
    for (status, page) in answers {
        assert_eq!(page.status, status, "{}", page.body);
        assert_headers(&page, false, &status.to_string());
        assert_eq!(page.header("cache-control"), Some("no-store"), "{status}");
    }
    let api = server.api();
    let good: (&str, &[u8]) = ("X-API-Key", key.as_bytes());
    for (status, method, path, headers) in [
        (200, Method::GET, "/v1/verify/my-blog/dev", &[good][..]),
        (200, Method::GET, "/v1/key/my-blog/dev", &[good]),
        (401, Method::GET, "/v1/verify/my-blog/dev", &[]),
        (404, Method::GET, "/v1/other", &[]),
        (405, Method::POST, "/v1/key/my-blog/dev", &[good]),
        (405, Method::POST, "/healthz", &[]),
        (431, Method::GET, "/v1/verify/my-blog/dev", &[good, ("X-Big", big.as_bytes())]),
        (200, Method::GET, "/healthz", &[]),
        (200, Method::GET, "/readyz", &[]),
    ] {
        let page = api.call(method, path, headers).await.expect(status);
        assert_headers(&page, true, path);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn no_origin_is_ever_allowed_to_read() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for origin in ["null", "https://evil.example", server.origin.as_str()] {
        for path in ["/v1/verify/my-blog/dev", "/v1/key/my-blog/dev", "/sign-in", "/healthz"] {
            for method in [Method::GET, Method::OPTIONS] {
                let headers: [(&str, &[u8]); 3] = [
                    ("Origin", origin.as_bytes()),
                    ("X-API-Key", key.as_bytes()),
                    ("Access-Control-Request-Method", b"GET"),
                ];
                let page = server.api().call(method, path, &headers).await;
                assert!(
                    !page.headers.keys().any(|name| name.as_str().starts_with("access-control-")),
                    "{path} {origin}"
                );
            }
        }
    }
}

#[tokio::test]
async fn with_https_every_answer_asks_for_it_for_a_year() {
    let server = Server::start_with(&["--public-url", "https://keys.example.com"]).await;
    server.user("Ada", "ada@example.com");
    let visitor = server.anonymous();
    let css = visitor.get("/sign-in").await.attribute("link[rel=stylesheet]", "href");
    for path in [
        "/sign-in",
        "/projects",
        "/nowhere",
        "/v1/verify/my-blog/dev",
        "/v1/x",
        "/healthz",
        &css,
        "/static/x",
    ] {
        assert_eq!(
            visitor.get(path).await.header("strict-transport-security"),
            Some("max-age=31536000"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_operator_says_for_how_much_browsers_insist_on_https() {
    for (hsts, expected) in [
        ("off", None),
        ("host", Some("max-age=31536000")),
        ("subdomains", Some("max-age=31536000; includeSubDomains")),
    ] {
        let https = ["--public-url", "https://keys.example.com", "--hsts", hsts];
        let server = Server::start_with(&https).await;
        let answer = server.anonymous().get("/healthz").await;
        assert_eq!(answer.header("strict-transport-security"), expected, "{hsts}");
    }
}
