//! Scopes: chosen when a key is created, checked before the rights of its group.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original};
use crate::support::{ORIGINAL, Process, Server};

#[tokio::test]
async fn a_narrowed_key_does_what_its_scopes_say_and_no_more() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let key = ada
        .create_narrowed(DEV, "secret", "reader", &[("scopes", "posts:read\nposts:list,*:delete")])
        .await;
    for (method, uri) in
        [("GET", "/v1/data/posts"), ("GET", "/v1/data/posts/1"), ("DELETE", "/v1/data/users/1")]
    {
        assert_eq!(
            original(&server, &key, method, uri).await.header("x-user-group"),
            Some("admin"),
            "{method} {uri}"
        );
    }
    for (method, uri, what) in [
        ("POST", "/v1/data/posts", "create posts"),
        ("GET", "/v1/data/users", "list users"),
        ("GET", "/v1/data/Posts", "list Posts"),
        ("GET", "/v1/data", "list the API's root"),
    ] {
        let message = format!("The scopes of this key do not allow to {what}.");
        assert_forbidden(
            &original(&server, &key, method, uri).await,
            "SCOPE_INSUFFICIENT",
            &message,
            uri,
        );
    }
    for (method, uri, message) in [
        ("POST", "/elsewhere", "Outside /v1/data only secret keys without scopes are accepted."),
        ("OPTIONS", "/v1/data/posts", "can't be used for OPTIONS"),
        ("GET", "/v1/data%20/users/1", "some servers take it for another path"),
        ("GET", "/v1/data/posts/%20", "some servers take it for another path"),
    ] {
        let page = original(&server, &key, method, uri).await;
        assert_forbidden(&page, "PERMISSION_DENIED", message, uri);
    }
    let preflight = [
        ("X-Original-Method", "OPTIONS"),
        ("X-Original-URI", "/v1/data/posts"),
        ("Origin", "https://app.example.com"),
        ("Access-Control-Request-Method", "GET"),
    ];
    let web = ada.create_narrowed(DEV, "publishable", "web", &[("scopes", "posts:read")]).await;
    assert_eq!(call(&server, &web, &preflight).await.status, 200, "a preflight asks, no more");
    let headers = [&[("X-API-Key", key.as_bytes())], &ORIGINAL[..]].concat();
    let json =
        server.api().call(reqwest::Method::GET, "/v1/key/my-blog/dev", &headers).await.json();
    assert_eq!(json["scopes"], serde_json::json!(["posts:read", "posts:list", "*:delete"]));
}

#[tokio::test]
async fn scopes_come_before_rights_and_widen_nothing() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let key = ada.create_narrowed(DEV, "publishable", "web", &[("scopes", "posts:*")]).await;
    assert_forbidden(
        &original(&server, &key, "DELETE", "/v1/data/users/1").await,
        "SCOPE_INSUFFICIENT",
        "delete users",
        "scope first",
    );
    assert_forbidden(
        &original(&server, &key, "DELETE", "/v1/data/posts/1").await,
        "PERMISSION_DENIED",
        "guest may not delete posts",
        "right",
    );
    assert_eq!(original(&server, &key, "GET", "/v1/data/posts/1").await.status, 200);
    // `*:*` narrows nothing, and is not shown.
    let all = ada.create_narrowed(DEV, "secret", "all", &[("scopes", "*:* posts:read")]).await;
    assert_eq!(original(&server, &all, "DELETE", "/v1/data/users/1").await.status, 200);
    ada.save_rules(RULES, &[("admin-read", "on")]).await.expect(303);
    assert_forbidden(
        &original(&server, &all, "DELETE", "/v1/data/users/1").await,
        "PERMISSION_DENIED",
        "admin may not delete",
        "rights",
    );
    let page = ada.get(DEV).await.expect(200);
    assert_eq!(page.texts("#publishable-rows .badge"), ["posts:*"]);
    assert!(!page.has("#secret-rows .badge"));
}

/// On PostgreSQL such a key is found by another index than the others.
#[tokio::test]
async fn a_key_that_is_narrowed_as_much_as_one_may_is_found_too() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    // Long, and not to be compressed.
    let resource = |n: u128| {
        format!(
            "{n:02}{:032x}{:030x}",
            n.wrapping_mul(u128::MAX / 7 * 3),
            n.wrapping_mul(u128::MAX / 11 * 5) >> 8
        )
    };
    let scopes: Vec<String> = (0..32).map(|n| format!("{}:delete", resource(n))).collect();
    let from: Vec<String> = (1..32)
        .map(|n| format!("2001:db8:9e37:79b9:7f4a:7c15:f39c:{n:x}"))
        .chain(["192.0.2.7".to_owned()])
        .collect();
    let key = ada
        .create_narrowed(
            DEV,
            "secret",
            "narrow",
            &[("scopes", &scopes.join(" ")), ("from", &from.join(" "))],
        )
        .await;
    let wide = ada.create_narrowed(DEV, "secret", "wide", &[]).await;
    let to = |n| format!("/v1/data/{}/1", resource(n));
    let from_the_office = async |key: &str, method: &str, uri: &str| {
        let told = [
            ("X-Original-Method", method),
            ("X-Original-URI", uri),
            ("X-Forwarded-For", "192.0.2.7"),
        ];
        call(&server, key, &told).await
    };
    for (key, method, n, status) in [
        (&key, "DELETE", 31, 200),
        (&key, "GET", 31, 403),
        (&key, "DELETE", 32, 403),
        (&wide, "GET", 32, 200),
    ] {
        assert_eq!(from_the_office(key, method, &to(n)).await.status, status, "{method} {}", to(n));
    }
    let uri = to(31);
    let headers: [(&str, &[u8]); 4] = [
        ("X-API-Key", key.as_bytes()),
        ("X-Original-Method", b"DELETE"),
        ("X-Original-URI", uri.as_bytes()),
        ("X-Forwarded-For", b"192.0.2.7"),
    ];
    let json =
        server.api().call(reqwest::Method::GET, "/v1/key/my-blog/dev", &headers).await.json();
    assert_eq!(
        [&json["scopes"], &json["addresses"]].map(|all| all.as_array().unwrap().len()),
        [32, 32]
    );
    server.database.execute("UPDATE api_keys SET deleted_at = created_at WHERE name = 'narrow'");
    assert_eq!(from_the_office(&key, "DELETE", &to(31)).await.status, 401, "it is deleted");
}

#[tokio::test]
async fn stored_limits_that_can_not_be_read_are_never_no_limit() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let narrowed = [
        ("token", token.as_str()),
        ("kind", "secret"),
        ("name", "ci"),
        ("scopes", "posts:read"),
        ("from", "192.0.2.7"),
    ];
    let key = ada.post(DEV, &narrowed).await.expect(200).text("#new-key");
    let read = [
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/v1/data/posts/1"),
        ("X-Forwarded-For", "192.0.2.7"),
    ];
    assert_eq!(call(&server, &key, &read).await.status, 200);
    let again = ada.post(DEV, &narrowed).await.expect(409);
    let replace = again.attribute("form[action$='/replace']", "action");
    let token = again.attribute("form[action$='/replace'] input[name=token]", "value");
    for (scopes, addresses) in [
        ("", "192.0.2.7/32"),
        ("*:*", "192.0.2.7/32"),
        ("posts", "192.0.2.7/32"),
        ("posts:read", ""),
        ("posts:read", "192.0.2.7/33"),
    ] {
        server.database.execute(&format!(
            "UPDATE api_keys SET scopes = '{scopes}', address_ranges = '{addresses}'"
        ));
        let case = format!("{scopes:?} {addresses:?}");
        let page = call(&server, &key, &read).await;
        assert_eq!(
            (page.status.as_u16(), &page.json()["error"]),
            (503, &"UNAVAILABLE".into()),
            "{case}"
        );
        ada.post(&replace, &[("token", &token)]).await.expect(503);
        assert_eq!(server.database.count("SELECT count(*) FROM api_keys"), 1, "{case}");
    }
}

#[tokio::test]
async fn what_is_no_scope_stands_beside_its_field_and_makes_no_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    for (scopes, message) in [
        ("posts", "'posts' is not a scope"),
        ("posts:write", "names no operation"),
        ("posts:read:all", "is not a scope"),
        ("<script>:read", "is not a scope"),
        (key, "That's a key"),
    ] {
        let fields = [
            ("token", token.as_str()),
            ("kind", "secret"),
            ("name", "kept"),
            ("scopes", scopes),
            ("from", "10.0.0.0/8"),
        ];
        for page in
            [ada.post(DEV, &fields).await.expect(422), ada.hx_post(DEV, &fields).await.expect(422)]
        {
            assert!(
                page.text("#scopes-secret-err").contains(message),
                "{scopes}: {}",
                page.text("#scopes-secret-err")
            );
            assert!(page.has("details[open]"), "what is wrong is not folded away");
            assert_eq!(page.attribute("#name-secret", "value"), "kept");
            assert_eq!(page.text("#from-secret"), "10.0.0.0/8");
            assert!(!page.body.contains(key));
        }
    }
    for (from, message) in [
        ("10.0.0.0/33", "is not an address"),
        ("example.com", "is not an address"),
        ("10.1.2.3/8", "Did you mean 10.0.0.0/8?"),
        ("::ffff:10.0.0.0/104", "write IPv4 addresses as"),
    ] {
        let fields = [
            ("token", token.as_str()),
            ("kind", "secret"),
            ("name", "kept"),
            ("scopes", ""),
            ("from", from),
        ];
        let page = ada.post(DEV, &fields).await.expect(422);
        assert!(
            page.text("#from-secret-err").contains(message),
            "{from}: {}",
            page.text("#from-secret-err")
        );
    }
    // Publishable keys have no addresses: their form has no such field.
    ada.post(
        DEV,
        &[("token", &token), ("kind", "publishable"), ("name", "web"), ("from", "10.0.0.1")],
    )
    .await
    .expect(400);
    assert_eq!(server.database.count("SELECT count(*) FROM api_keys"), 0);
}

#[tokio::test]
async fn a_replaced_key_is_as_narrow_as_the_old_one() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let options = [
        ("token", token.as_str()),
        ("kind", "secret"),
        ("name", "ci"),
        ("scopes", "posts:read"),
        ("from", "127.0.0.1"),
    ];
    ada.post(DEV, &options).await.expect(200);
    let again = ada.post(DEV, &options).await.expect(409);
    let replace = again.attribute("form[action$='/replace']", "action");
    let token = again.attribute("form[action$='/replace'] input[name=token]", "value");
    ada.post(&replace, &[("token", &token)]).await.expect(200);
    let narrowed =
        server.database.query("SELECT scopes || ' from ' || address_ranges AS value FROM api_keys");
    assert_eq!(narrowed, ["posts:read from 127.0.0.1/32"; 2]);
    assert_eq!(ada.get(DEV).await.texts("#secret-rows .badge"), ["posts:read", "127.0.0.1/32"]);
    let told = ada.get("/projects/my-blog/activity").await.texts("td.name");
    assert_eq!(
        told.iter().filter(|line| line.contains("only posts:read; only from 127.0.0.1/32")).count(),
        2,
        "{told:?}"
    );
}

#[tokio::test]
async fn the_command_line_narrows_keys_too() {
    let server = behind_a_gateway().await;
    server.ada().await;
    let add = |kind: &str, more: &[&str]| {
        let arguments = [
            &[
                "key",
                "add",
                "--project",
                "my-blog",
                "--environment",
                "dev",
                "--kind",
                kind,
                "--name",
                "ci",
            ],
            more,
        ]
        .concat();
        Process::run(&server.database, &arguments)
    };
    for (kind, more, message) in [
        ("secret", &["--scope", "posts"][..], "'posts' is not a scope"),
        ("secret", &["--from", "10.0.0.0/99"], "is not an address"),
        ("publishable", &["--from", "10.0.0.1"], "--from: it is for secret keys"),
    ] {
        let output = add(kind, more);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains(message));
    }
    let output = add(
        "secret",
        &["--scope", "posts:read", "--scope", "users:*", "--from", "192.0.2.0/24", "--from", "::1"],
    );
    let key = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let delete = async |uri: &str| {
        let told = [
            ("X-Original-Method", "DELETE"),
            ("X-Original-URI", uri),
            ("X-Forwarded-For", "192.0.2.7"),
        ];
        call(&server, &key, &told).await
    };
    assert_eq!(delete("/v1/data/users/1").await.status, 200);
    assert_forbidden(&delete("/v1/data/posts/1").await, "SCOPE_INSUFFICIENT", "delete posts", "ci");
}
