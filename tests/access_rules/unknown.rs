//! Calls about which nothing or not enough is known: they are refused where it matters.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call};
use crate::support::{Server, TestDatabase};

const UNKNOWN: &str = "The key is good for dev. The gateway does not pass the original request, or is not in --trusted-proxy.";

#[tokio::test]
async fn a_key_that_may_not_do_everything_is_refused_where_nothing_is_known() {
    let told = [("X-Original-Method", "GET"), ("X-Original-URI", "/v1/data/posts")];
    for (options, headers) in [
        (&["--trusted-proxy", "127.0.0.1"][..], &[][..]),
        (&["--trusted-gateway", "127.0.0.1"], &[]),
        (&[], &told),
        (&["--trusted-proxy", "10.0.0.0/16", "--trusted-gateway", "192.0.2.7"], &told),
    ] {
        let server = Server::start_bare(TestDatabase::migrated(), options).await;
        let ada = server.ada().await;
        let (web, _) = ada.create_key(DEV, "publishable", "web").await;
        let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
        let scoped = ada.create_narrowed(DEV, "secret", "ci", &[("scopes", "*:read")]).await;
        let case = format!("{options:?}");
        for key in [&web, &scoped] {
            let page = call(&server, key, headers).await;
            assert_forbidden(&page, "PERMISSION_DENIED", UNKNOWN, &case);
            let json = server
                .api()
                .call(reqwest::Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
                .await
                .expect(403)
                .json();
            assert_eq!(json["message"], UNKNOWN, "{case}");
        }
        assert_eq!(call(&server, &secret, headers).await.status, 200, "{case}");
        // If the rules allow everything to everybody, the request need not be known. With scopes,
        // it still must be.
        let rights: Vec<String> = ["guest", "user", "admin"]
            .into_iter()
            .flat_map(|group| {
                ["read", "list", "create", "update", "delete"].map(|what| format!("{group}-{what}"))
            })
            .collect();
        let mut open = vec![("elsewhere", "everybody")];
        open.extend(rights.iter().map(|right| (right.as_str(), "on")));
        ada.save_rules(RULES, &open).await.expect(303);
        assert_eq!(call(&server, &web, headers).await.status, 200, "{case}");
        assert_eq!(call(&server, &scoped, headers).await.status, 403, "{case}");
    }
}

#[tokio::test]
async fn a_trusted_gateway_is_believed_what_the_call_is_and_not_where_it_comes_from() {
    let server =
        Server::start_bare(TestDatabase::migrated(), &["--trusted-gateway", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    let office = ada.create_narrowed(DEV, "secret", "office", &[("from", "192.0.2.7")]).await;
    let told = [
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/v1/data/posts"),
        ("X-Forwarded-For", "192.0.2.7"),
    ];
    assert_eq!(call(&server, &web, &told).await.status, 200);
    assert_forbidden(
        &call(&server, &office, &told).await,
        "PERMISSION_DENIED",
        "the client's address is not known",
        "office",
    );
}

#[tokio::test]
async fn a_method_that_the_client_names_besides_must_be_allowed_as_well() {
    let server = behind_a_gateway().await;
    let (web, _) = server.ada().await.create_key(DEV, "publishable", "web").await;
    let get = |uri: &'static str| [("X-Original-Method", "GET"), ("X-Original-URI", uri)];
    for name in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X_HTTP_Method_Override",
        "x-http_method",
    ] {
        for (value, message) in [
            ("DELETE", "may not delete posts"),
            ("delete", "may not delete posts"),
            ("GET, PATCH", "may not update posts"),
            ("FLY", "its method is none of"),
        ] {
            let headers = [&get("/v1/data/posts/1")[..], &[(name, value)]].concat();
            let page = call(&server, &web, &headers).await;
            assert_forbidden(&page, "PERMISSION_DENIED", message, &format!("{name}: {value}"));
        }
        let headers = [&get("/v1/data/posts/1")[..], &[(name, "HEAD")]].concat();
        assert_eq!(call(&server, &web, &headers).await.status, 200, "{name}");
        let both = [&get("/v1/data/posts/1")[..], &[(name, "GET"), (name, "DELETE")]].concat();
        assert_eq!(call(&server, &web, &both).await.status, 403, "{name} twice");
    }
    for uri in [
        "/v1/data/posts/1?_method=DELETE",
        "/v1/data/posts/1?a=b&_method=delete",
        "/v1/data/posts/1?$method=DELETE",
        "/v1/data/posts/1?%24method=DELETE",
        "/v1/data/posts/1?_method=GET&_method=DELETE",
        "/v1/data/posts/1?.method=DELETE",
    ] {
        let page = call(&server, &web, &get(uri)).await;
        assert_forbidden(&page, "PERMISSION_DENIED", "may not delete posts", uri);
    }
    for uri in ["/v1/data/posts/1?method=DELETE", "/v1/data/posts/1?_method=GET"] {
        assert_eq!(call(&server, &web, &get(uri)).await.status, 200, "{uri}");
    }
}
