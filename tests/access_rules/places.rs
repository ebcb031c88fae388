//! Where keys may be used: origins, browsers, addresses.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway};
use crate::support::{Page, Server, TestDatabase, eventually};

/// What the verifier says of a call that every group may make, with these headers.
async fn call(server: &Server, key: &str, headers: &[(&str, &str)]) -> Page {
    let headers: Vec<(&str, &[u8])> =
        headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    server.api().ask(key, &headers).await
}

#[tokio::test]
async fn publishable_keys_are_good_from_the_listed_origins_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    assert_eq!(
        call(&server, &web, &[("Origin", "https://anything.example")]).await.status,
        200,
        "an empty list allows all"
    );
    ada.save_rules(
        RULES,
        &[(
            "origins",
            "https://App.example.com\nhttp://localhost:*\n\nhttps://app.example.com:443",
        )],
    )
    .await
    .expect(303);
    assert_eq!(ada.get(RULES).await.text("#origins"), "https://app.example.com http://localhost:*");
    for origin in ["https://app.example.com", "http://localhost", "http://localhost:5173"] {
        assert_eq!(call(&server, &web, &[("Origin", origin)]).await.status, 200, "{origin}");
    }
    assert_eq!(call(&server, &web, &[]).await.status, 200, "a mobile app sends none");
    for origin in [
        "",
        "null",
        "http://app.example.com",
        "https://app.example.com.evil.example",
        "https://evil.app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://APP.example.com",
        "http://localhost.evil.example",
        "http://localhost:80.evil.example",
        "https://localhost",
        "http://127.0.0.1:5173",
        "http://localhost:*",
        "\u{e9}",
    ] {
        let page = call(&server, &web, &[("Origin", origin)]).await;
        assert_forbidden(&page, "ORIGIN_NOT_ALLOWED", "may not be used from this origin", origin);
    }
    let twice = [("Origin", "https://app.example.com"), ("Origin", "https://evil.example")];
    assert_forbidden(&call(&server, &web, &twice).await, "ORIGIN_NOT_ALLOWED", "origin", "two");
    let staging =
        ada.create_key("/projects/my-blog/staging/api-keys", "publishable", "web").await.0;
    let evil: [(&str, &[u8]); 1] = [("Origin", b"https://evil.example")];
    let page = server.api().ask_for("my-blog/staging", &staging, &evil).await;
    assert_eq!(page.status, 200, "each environment has its own list: {}", page.body);
}

#[tokio::test]
async fn what_is_no_origin_stands_beside_the_list() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let many: String = (0..51).map(|n| format!("https://a{n}.example\n")).collect();
    for (origins, message) in [
        ("app.example.com", "is not an origin"),
        ("https://app.example.com/path", "is more than an origin"),
        ("https://good.example\nhttps://app.example.com?x", "is more than an origin"),
        ("https://*.example.com", "stands only for the port"),
        ("https://app.example.com:*", "stands only for the port"),
        ("*", "stands only for the port"),
        ("null", "is not an origin"),
        ("ftp://example.com", "is not an origin"),
        ("https://me:hush@example.com", "is more than an origin"),
        (many.as_str(), "at most 50"),
    ] {
        let page = ada.save_rules(RULES, &[("origins", origins)]).await.expect(422);
        assert!(
            page.text("#origins-err").contains(message),
            "{origins}: {}",
            page.text("#origins-err")
        );
    }
    assert_eq!(server.database.count("SELECT count(*) FROM policies"), 0);
}

#[tokio::test]
async fn a_secret_key_from_a_browser_is_refused_and_marked_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    let marked = || {
        server.database.query("SELECT CAST(seen_in_browser_at AS TEXT) AS value FROM api_keys WHERE kind = 'secret'").remove(0)
    };
    assert_eq!(call(&server, &key, &[]).await.status, 200);
    assert_eq!(marked(), "");
    for header in [
        ("Origin", "https://app.example.com"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "none"),
    ] {
        assert_forbidden(
            &call(&server, &key, &[header]).await,
            "SECRET_KEY_IN_BROWSER",
            "sent by a browser",
            header.1,
        );
        assert_eq!(
            call(&server, &web, &[header]).await.status,
            200,
            "publishable keys are made for it"
        );
    }
    eventually(|| !marked().is_empty()).await;
    let first = marked();
    assert_eq!(ada.get(DEV).await.texts(&format!("#{id} .badge.danger")), ["Seen in a browser"]);
    assert!(!ada.get(DEV).await.has("#publishable-rows .badge"));
    server.clock.advance(chrono::TimeDelta::minutes(5));
    call(&server, &key, &[("Sec-Fetch-Site", "same-origin")]).await;
    assert_eq!(call(&server, &key, &[]).await.status, 200, "from a server it is good all the same");
    assert_eq!(marked(), first);

    // Switched off for a proxy that adds Origin.
    ada.save_rules(RULES, &[("admin-list", "on")]).await.expect(303);
    let (other, _) = ada.create_key(DEV, "secret", "other").await;
    assert_eq!(
        call(
            &server,
            &other,
            &[("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "same-site")]
        )
        .await
        .status,
        200
    );
    assert_eq!(
        server.database.count("SELECT count(*) FROM api_keys WHERE seen_in_browser_at IS NOT NULL"),
        1
    );
}

#[tokio::test]
async fn a_secret_key_with_addresses_is_good_from_there_only() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let key = ada
        .create_narrowed(
            DEV,
            "secret",
            "office",
            &[("scopes", ""), ("from", "10.0.0.0/8 2001:db8::/32")],
        )
        .await;
    let from = |address: &'static str| [("X-Forwarded-For", address)];
    for inside in ["10.1.2.3", "2001:db8::7", "192.0.2.1, 10.255.0.1", "::ffff:10.0.0.1"] {
        assert_eq!(call(&server, &key, &from(inside)).await.status, 200, "{inside}");
    }
    for outside in ["11.0.0.1", "10.0.0.1, 192.0.2.1", "2001:db9::1"] {
        let page = call(&server, &key, &from(outside)).await;
        assert_forbidden(
            &page,
            "PERMISSION_DENIED",
            "This key may not be used from this address.",
            outside,
        );
    }
    let json = server
        .api()
        .call(
            reqwest::Method::GET,
            "/v1/key/my-blog/dev",
            &[("X-API-Key", key.as_bytes()), ("X-Forwarded-For", b"10.0.0.1")],
        )
        .await
        .json();
    assert_eq!(json["addresses"], serde_json::json!(["10.0.0.0/8", "2001:db8::/32"]));
}

#[tokio::test]
async fn the_address_of_a_proxy_never_stands_for_a_clients() {
    let narrowed = [("from", "127.0.0.0/8 10.0.0.0/8 0.0.0.0/32 ::/128")];
    for (options, told) in [
        // A proxy that names no client, something that can't be read, or only proxies.
        (&["--trusted-proxy", "127.0.0.1"][..], &[][..]),
        (&["--trusted-proxy", "127.0.0.1"], &[("X-Forwarded-For", "")]),
        (&["--trusted-proxy", "127.0.0.1"], &[("X-Forwarded-For", "nonsense")]),
        (&["--trusted-proxy", "127.0.0.1"], &[("X-Forwarded-For", "10.0.0.1, unknown")]),
        (&["--trusted-proxy", "127.0.0.1"], &[("X-Forwarded-For", "127.0.0.1")]),
        (&["--trusted-proxy", "127.0.0.1"], &[("Forwarded", "for=10.0.0.1")]),
        // A peer that is trusted only about the original request, or about nothing.
        (&["--trusted-gateway", "127.0.0.1"], &[("X-Forwarded-For", "10.0.0.1")]),
        (&["--trusted-proxy", "10.0.0.0/16"], &[("X-Forwarded-For", "10.0.0.1")]),
        (&[], &[]),
    ] {
        let server = Server::start_bare(TestDatabase::migrated(), options).await;
        let key = server.ada().await.create_narrowed(DEV, "secret", "office", &narrowed).await;
        let page = call(&server, &key, told).await;
        assert_forbidden(
            &page,
            "PERMISSION_DENIED",
            "the client's address is not known: the gateway does not pass it, or is not in --trusted-proxy",
            &format!("{options:?} {told:?}"),
        );
    }
}

#[tokio::test]
async fn the_client_is_told_in_the_headers_that_were_configured_and_in_no_others() {
    for (family, name, inside, outside) in [
        ("x-forwarded", "X-Forwarded-For", "10.0.0.1", "11.0.0.1"),
        ("forwarded", "Forwarded", "for=\"10.0.0.1:4711\";proto=https", "for=11.0.0.1"),
    ] {
        let options = ["--trusted-proxy", "127.0.0.1", "--forwarded-header", family];
        let server = Server::start_with(&options).await;
        let ada = server.ada().await;
        let key = ada.create_narrowed(DEV, "secret", "office", &[("from", "10.0.0.0/8")]).await;
        assert_eq!(call(&server, &key, &[(name, inside)]).await.status, 200, "{family}");
        assert_eq!(call(&server, &key, &[(name, outside)]).await.status, 403, "{family}");
        let other = [("X-Forwarded-For", "10.0.0.1"), ("Forwarded", "for=10.0.0.1")];
        let other = other.into_iter().find(|(other, _)| *other != name).unwrap();
        assert_eq!(call(&server, &key, &[other]).await.status, 403, "{family}: the other family");
        let both = [other, (name, outside)];
        assert_eq!(
            call(&server, &key, &both).await.status,
            403,
            "{family}: what it says is made up"
        );
    }
}
