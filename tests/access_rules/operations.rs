//! The operation of the original request, who is trusted about it, and the rights of the groups.

use reqwest::Method;

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original, original_in};
use crate::support::tokens::EC;
use crate::support::{SignedIn, raw};

const TOKENS: &str = "/projects/my-blog/dev/access-tokens";

async fn keys(ada: &SignedIn) -> [String; 2] {
    [
        ada.create_key(DEV, "publishable", "web").await.0,
        ada.create_key(DEV, "secret", "server-key").await.0,
    ]
}

#[tokio::test]
async fn by_default_guests_read_users_create_too_and_admins_do_all() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let [web, secret] = keys(&ada).await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    let claims =
        serde_json::json!({ "sub": "ada", "exp": server.clock.now().and_utc().timestamp() + 600 });
    let bearer = format!("Bearer {}", EC.sign(None, &claims));
    for (method, uri, operation, may) in [
        ("GET", "/v1/data/posts", "list", [true, true, true]),
        ("HEAD", "/v1/data/posts?page=2", "list", [true, true, true]),
        ("GET", "/v1/data/posts/1", "read", [true, true, true]),
        ("POST", "/v1/data/posts", "create", [false, true, true]),
        ("PUT", "/v1/data/posts/1", "update", [false, false, true]),
        ("PATCH", "/v1/data/posts/1", "update", [false, false, true]),
        ("DELETE", "/v1/data/posts/1", "delete", [false, false, true]),
        ("DELETE", "/v1/data/posts", "delete", [false, false, true]),
    ] {
        let told = [("X-Original-Method", method), ("X-Original-URI", uri)];
        let as_user = [told[0], told[1], ("Authorization", bearer.as_str())];
        let pages = [
            call(&server, &web, &told).await,
            call(&server, &web, &as_user).await,
            call(&server, &secret, &told).await,
        ];
        for ((page, group), may) in pages.iter().zip(["guest", "user", "admin"]).zip(may) {
            let case = format!("{group} {method} {uri}");
            if may {
                assert_eq!(
                    (page.status.as_u16(), page.header("x-user-group")),
                    (200, Some(group)),
                    "{case}"
                );
            } else {
                assert_forbidden(
                    page,
                    "PERMISSION_DENIED",
                    &format!("Calls of the group {group} may not {operation} posts."),
                    &case,
                );
            }
        }
    }
}

#[tokio::test]
async fn rights_and_base_path_are_edited_and_hold_from_the_next_call_on() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let [web, secret] = keys(&ada).await;
    assert_eq!(original(&server, &secret, "DELETE", "/v1/data/posts/1").await.status, 200);
    let rights = [
        ("base_path", "/api"),
        ("guest-delete", "on"),
        ("admin-read", "on"),
        ("refuse_browsers", "on"),
    ];
    ada.save_rules(RULES, &rights).await.expect(303);
    assert_eq!(original(&server, &web, "DELETE", "/api/posts/1").await.status, 200);
    assert_forbidden(
        &original(&server, &web, "GET", "/api/posts").await,
        "PERMISSION_DENIED",
        "guest may not list posts",
        "guest",
    );
    assert_forbidden(
        &original(&server, &secret, "POST", "/api/posts").await,
        "PERMISSION_DENIED",
        "admin may not create posts",
        "admin",
    );
    assert_eq!(
        original(&server, &secret, "POST", "/v1/data/posts").await.status,
        200,
        "outside now"
    );
    // Each environment has its own.
    let (prod, _) = ada.create_key("/projects/my-blog/prod/api-keys", "publishable", "web").await;
    assert_forbidden(
        &original_in(&server, "prod", &prod, "DELETE", "/v1/data/posts/1").await,
        "PERMISSION_DENIED",
        "delete posts",
        "prod",
    );
    // The whole site as base path.
    ada.save_rules(RULES, &[("base_path", "/"), ("guest-list", "on")]).await.expect(303);
    assert_eq!(original(&server, &web, "GET", "/posts").await.status, 200);
    assert_forbidden(
        &original(&server, &web, "POST", "/").await,
        "PERMISSION_DENIED",
        "create the API's root",
        "root",
    );
    let told = ada.get("/projects/my-blog/activity").await.texts("td.name");
    assert!(
        told[0].contains("API base path /")
            && told[0].contains("guest may list")
            && told[0].contains("accepted"),
        "{}",
        told[0]
    );
    assert!(told[2].contains("guest may delete; user may nothing; admin may read"), "{}", told[2]);
    for bad in ["", "v1", "/v1//data", "/v1/../x", "/v1?x", "/a b"] {
        let page = ada.save_rules(RULES, &[("base_path", bad)]).await.expect(422);
        assert!(page.text("#base_path-err").contains("A base path is like /v1/data"), "{bad}");
    }
}

#[tokio::test]
async fn every_way_of_passing_the_original_request_is_read_and_all_must_be_allowed() {
    let server = behind_a_gateway().await;
    let [web, _] = keys(&server.ada().await).await;
    let read = [("X-Original-Method", "GET"), ("X-Original-URI", "/v1/data/posts")];
    let forwarded = [("X-Forwarded-Method", "DELETE"), ("X-Forwarded-Uri", "/v1/data/posts/1")];
    assert_forbidden(
        &call(&server, &web, &forwarded).await,
        "PERMISSION_DENIED",
        "delete posts",
        "Caddy, Traefik",
    );
    // A client of Caddy that writes X-Original-* itself gains nothing, nor one of nginx with the
    // others.
    assert_forbidden(
        &call(&server, &web, &[read, forwarded].concat()).await,
        "PERMISSION_DENIED",
        "delete posts",
        "both",
    );
    let swapped = [
        ("X-Original-Method", "DELETE"),
        ("X-Original-URI", "/v1/data/x"),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/v1/data/x"),
    ];
    assert_forbidden(
        &call(&server, &web, &swapped).await,
        "PERMISSION_DENIED",
        "delete x",
        "swapped",
    );
    // Half of an original request, or two of them, are refused.
    for half in [
        &[("X-Original-URI", "/v1/data/posts")][..],
        &[("X-Original-Method", "GET")],
        &[("X-Forwarded-Uri", "/v1/data/posts")],
        &[read[0], read[1], ("X-Original-URI", "/v1/data/posts")],
        &[read[0], read[1], ("X-Original-Method", "GET")],
    ] {
        assert_forbidden(
            &call(&server, &web, half).await,
            "PERMISSION_DENIED",
            "its method and its URI, once each",
            &format!("{half:?}"),
        );
    }
    let elsewhere = [read[0], read[1], ("X-Original-From", "elsewhere")];
    let page = call(&server, &web, &elsewhere).await;
    assert_forbidden(
        &page,
        "PERMISSION_DENIED",
        "must come once and be the gateway's own part",
        "",
    );
    // Envoy sends the request itself, if it says so.
    let api = server.api();
    let own = "/v1/verify/my-blog/dev";
    let envoy = async |method: Method, path: &str| {
        let headers = [("X-API-Key", web.as_bytes()), ("X-Original-From", own.as_bytes())];
        api.call(method, &format!("{own}{path}"), &headers).await
    };
    let page = envoy(Method::DELETE, "/v1/data/posts/1?x=1").await;
    assert_forbidden(&page, "PERMISSION_DENIED", "delete posts", "Envoy");
    assert_eq!(envoy(Method::GET, "/v1/data/posts/1").await.status, 200);
    let page = envoy(Method::GET, "/v1/data/posts/1?_method=DELETE").await;
    assert_forbidden(&page, "PERMISSION_DENIED", "delete posts", "the query comes along");
    let page = envoy(Method::POST, "/other").await;
    assert_forbidden(&page, "PERMISSION_DENIED", "Outside /v1/data", "elsewhere");
    // This is sent byte by byte, because a client library would normalize the path.
    let head =
        format!("GET {own}/v1/%2e%2e/data HTTP/1.1\r\nX-API-Key: {web}\r\nX-Original-From: {own}");
    let answer = raw::send(&server.origin, head.as_bytes(), b"").await;
    assert!(
        answer.status == 403 && answer.body.contains("it has a . or .. segment"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_path_that_leads_to_the_verifier_in_another_spelling_is_not_taken_for_none() {
    let server = behind_a_gateway().await;
    let [web, _] = keys(&server.ada().await).await;
    for path in ["/v1/%76erify/my-blog/dev/v1/data/posts/1", "/v1/verif%79/my-blog/dev/v1/data"] {
        let own = b"/v1/verify/my-blog/dev";
        let headers = [("X-API-Key", web.as_bytes()), ("X-Original-From", own)];
        let page = server.api().call(Method::DELETE, path, &headers).await;
        assert_eq!(page.expect(404).json()["error"], "NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn hostile_paths_are_refused_with_the_reason() {
    let server = behind_a_gateway().await;
    let [web, secret] = keys(&server.ada().await).await;
    for (uri, reason) in [
        ("/v1/data/../admin", ". or .."),
        ("/v1/%2e%2e/v1/data/posts", ". or .."),
        ("/v1/data/posts/%2E%2e/%2e%2e/other", ". or .."),
        ("/v1/./data/posts", ". or .."),
        ("//v1/data/posts", "empty segment"),
        ("/v1//data/posts", "empty segment"),
        ("/v1/data%2fposts", "encoded slash"),
        ("/v1/x%5c..%5cdata/posts", "encoded slash"),
        ("/v1\\data\\posts", "backslash"),
        ("/v1/data/posts%00", "control character"),
        ("/v1/data/posts%0d%0aX-User-Group:%20admin", "control character"),
        ("/v1/%2564ata/posts", "encoded twice"),
        ("/%252e%252e/v1/data", "encoded twice"),
        ("/v1/data/%c0%ae%c0%ae/posts", "not UTF-8"),
        ("/v1/data/%e0%80%af", "not UTF-8"),
        ("/v1/data/%zz", "broken percent-encoding"),
        ("/v1/data/%", "broken percent-encoding"),
        ("/v1/data;v=1/posts", ";, # or ?"),
        ("/v1/data/posts#/x", ";, # or ?"),
        ("/v1/data/posts%3fa/1", ";, # or ?"),
        ("http://api.example.com/v1/data/posts", "does not begin with /"),
        ("", "does not begin with /"),
        ("v1/data/posts", "does not begin with /"),
        ("/V1/data/posts", "some servers take it for another path"),
        ("/v1/data%20/posts", "some servers take it for another path"),
    ] {
        assert_forbidden(
            &original(&server, &web, "GET", uri).await,
            "PERMISSION_DENIED",
            reason,
            uri,
        );
        // For this key no path matters: APIs have ids with slashes in them.
        assert_eq!(original(&server, &secret, "GET", uri).await.status, 200, "{uri}");
    }
    for method in ["get", "TRACE", "CONNECT", "PROPFIND", ""] {
        assert_forbidden(
            &original(&server, &secret, method, "/v1/data/posts").await,
            "PERMISSION_DENIED",
            "its method is none of",
            method,
        );
    }
    // Bytes that are no text at all.
    let headers: [(&str, &[u8]); 3] = [
        ("X-API-Key", web.as_bytes()),
        ("X-Original-Method", b"GET"),
        ("X-Original-URI", b"/v1/data/\xff"),
    ];
    assert_forbidden(
        &server.api().call(Method::GET, "/v1/verify/my-blog/dev", &headers).await,
        "PERMISSION_DENIED",
        "not UTF-8",
        "bytes",
    );
    // Whatever the path is, the answer about a deleted key says first that it is deleted.
    let gone = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    assert_eq!(original(&server, gone, "GET", "/v1/data/../x").await.status, 401);
}
