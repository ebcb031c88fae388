//! The header `Connection` of a client (RFC 9110, 7.6.1): a proxy removes the headers that it
//! names, and switches to the protocol in `Upgrade`. Neither must get past the verifier.

use std::borrow::Cow;

use reqwest::Method;

use super::IDENTITY;
use super::world::{READ, World, call, seen};
use crate::support::gateway::{ENVIRONMENT, Gateway};
use crate::support::{Page, Seen};

const PREFLIGHT: [(&str, &str); 2] =
    [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST")];

/// The ways in which a client may name a header in `Connection`.
fn namings(name: &str) -> Vec<Vec<Cow<'static, str>>> {
    let own = |text: String| vec![Cow::Owned(text)];
    let capitals: Vec<String> =
        name.split('-').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    vec![
        own(name.to_owned()),
        own(capitals.join("-")),
        own(name.to_uppercase()),
        own(name.replace('-', "_")),
        own(format!("close, {name}")),
        own(format!("{name},keep-alive")),
        own(format!("keep-alive ,\t{name} , close")),
        own(format!(",,{name},")),
        own(format!("\"{name}\", {name}")),
        vec![Cow::Owned(name.to_owned()), Cow::Borrowed("close")],
        vec![Cow::Borrowed("keep-alive"), Cow::Owned(capitals.join("-"))],
        vec![Cow::Owned(name.to_owned()), Cow::Owned(name.to_owned())],
    ]
}

/// Checks that the API got all headers about the key.
fn assert_complete(page: &Page, case: &str) {
    assert_eq!(page.status, 200, "{case}: {}", page.body);
    let seen = seen(page).unwrap();
    for name in IDENTITY {
        assert_eq!(seen.values(name).len(), 1, "{case}: {name}: {:?}", seen.headers);
    }
    assert_names_no_header(&seen, case);
    assert_eq!(seen.values("x-api-key"), Vec::<&str>::new(), "{case}");
}

/// An API that is itself a proxy would remove these headers.
fn assert_names_no_header(seen: &Seen, case: &str) {
    for value in seen.values("connection") {
        let harmless = ["close", "keep-alive", "te", "upgrade", ""];
        for token in value.split(',').map(|token| token.trim().to_lowercase()) {
            assert!(harmless.contains(&token.as_str()), "{case}: {value}");
        }
    }
}

#[tokio::test]
async fn a_connection_header_takes_nothing_away_from_what_the_api_is_told() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        let call = async |connection: &[Cow<'_, str>]| {
            let mut headers = vec![("X-API-Key", key)];
            headers.extend(connection.iter().map(|value| ("Connection", value.as_ref())));
            call(&gateway, Method::GET, READ, &headers).await
        };
        for name in IDENTITY {
            for connection in namings(name) {
                let case = format!("{} {connection:?}", gateway.kind.name);
                assert_complete(&call(&connection).await, &case);
            }
        }
        let all = [Cow::Owned(IDENTITY.join(", "))];
        assert_complete(&call(&all).await, gateway.kind.name);
        // Without its key, a call is refused. If it passes, the key was still there.
        for connection in namings("x-api-key") {
            let case = format!("{} {connection:?}", gateway.kind.name);
            let before = world.api.calls();
            let page = call(&connection).await;
            if page.status == 200 {
                assert_complete(&page, &case);
            } else {
                assert!([400, 401].contains(&page.status.as_u16()), "{case}: {}", page.status);
                assert_eq!(world.api.calls(), before, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_connection_header_makes_nothing_unknown_that_was_known() {
    let world = World::new().await;
    let narrowed = async |name: &str, options: &[(&str, &str)]| {
        world.ada.create_narrowed("/projects/my-blog/dev/api-keys", "secret", name, options).await
    };
    let reader = narrowed("reader", &[("scopes", "posts:read")]).await;
    let elsewhere = narrowed("elsewhere", &[("from", "203.0.113.0/24")]).await;
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        for name in [
            "x-original-method",
            "x-original-uri",
            "x-original-from",
            "x-forwarded-method",
            "x-forwarded-uri",
            "x-forwarded-for",
            "x-forwarded-proto",
        ] {
            for key in [&reader, &elsewhere] {
                may_not_delete(&world, &gateway, key, name).await;
            }
        }
    }
}

async fn may_not_delete(world: &World, gateway: &Gateway, key: &str, name: &str) {
    let before = world.api.calls();
    for connection in namings(name) {
        let mut headers = vec![("X-API-Key", key)];
        // Forged headers that the client sends in their place.
        headers.extend([
            ("X-Original-Method", "GET"),
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-For", "203.0.113.7"),
            ("Forwarded", "for=203.0.113.7"),
        ]);
        headers.extend(connection.iter().map(|value| ("Connection", value.as_ref())));
        let page = call(gateway, Method::DELETE, READ, &headers).await;
        let case = format!("{} {connection:?}: {}", gateway.kind.name, page.body);
        assert!([400, 403].contains(&page.status.as_u16()), "{case}: {}", page.status);
    }
    assert_eq!(world.api.calls(), before, "{} {name}", gateway.kind.name);
}

/// A connection that another protocol has taken over is checked by nobody: HTTP/2 in clear (h2c)
/// would carry any number of calls. WebSockets may pass where they did, after the check.
#[tokio::test]
async fn no_protocol_but_a_websocket_takes_over_a_connection() {
    let world = World::new().await;
    let key = world.secret("my-blog/dev");
    let with_key = [("X-API-Key", key)];
    for gateway in world.gateways(&[(ENVIRONMENT, "my-blog/dev")]).await {
        let asks = async |method: Method, upgrades: &[&str], more: &[(&str, &str)]| {
            let settings = [
                ("Connection", "Upgrade, HTTP2-Settings, X-User-Group"),
                ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ];
            let upgrades: Vec<_> = upgrades.iter().map(|value| ("Upgrade", *value)).collect();
            let headers = [&settings, &upgrades[..], more].concat();
            let page = call(&gateway, method, READ, &headers).await;
            let arrived = seen(&page).map(|seen| {
                let groups = usize::from(more == with_key);
                assert_eq!(seen.values("x-user-group").len(), groups, "{}", gateway.kind.name);
                assert_names_no_header(&seen, gateway.kind.name);
                seen.values("upgrade").join("|")
            });
            (page.status.as_u16(), arrived)
        };
        for (method, more) in
            [(Method::GET, &with_key[..]), (Method::POST, &with_key), (Method::OPTIONS, &PREFLIGHT)]
        {
            for upgrade in [&["h2c"][..], &["other"], &["other", "h2c"], &["h2c", "h2c"]] {
                let (status, arrived) = asks(method.clone(), upgrade, more).await;
                let case = format!("{} {method} {upgrade:?}: {status}", gateway.kind.name);
                assert!([200, 400, 403].contains(&status), "{case}");
                assert!(arrived.is_none_or(|upgrade| upgrade.is_empty()), "{case}");
            }
        }
        for (method, more) in
            [(Method::OPTIONS, &PREFLIGHT[..]), (Method::POST, &with_key), (Method::GET, &[])]
        {
            let (status, arrived) = asks(method.clone(), &["websocket"], more).await;
            let case = format!("{} {method}: {status}", gateway.kind.name);
            assert!(arrived.is_none_or(|upgrade| upgrade.is_empty()), "{case}");
        }
        for both in [&["h2c, websocket"][..], &["websocket", "h2c"], &["h2c", "websocket"]] {
            let (_, arrived) = asks(Method::GET, both, &with_key).await;
            let allowed = ["", "websocket"];
            let allowed = arrived.as_deref().is_none_or(|upgrade| allowed.contains(&upgrade));
            assert!(allowed, "{} {both:?}: {arrived:?}", gateway.kind.name);
        }
        let (status, arrived) = asks(Method::GET, &["websocket"], &with_key).await;
        assert_eq!(arrived.as_deref(), Some("websocket"), "{}: {status}", gateway.kind.name);
    }
}
