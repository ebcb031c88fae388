//! Cross-site request forgery: every POST route × every way in which another site could send the
//! request.

mod other_address;
mod routes;

use std::collections::BTreeSet;

use reqwest::Method;

pub use self::routes::{Ground, routes};
use self::routes::{add_zoe, settle};
use crate::support::routes::{row_of, that_take};
use crate::support::{PASSWORD, Page, Server, SignedIn};

const DEV: &str = "/projects/my-blog/dev/api-keys";

/// Sends a form with just these headers and this token.
async fn send(
    who: &SignedIn,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(&str, String)],
) -> Page {
    let mut request =
        who.browser.client.request(Method::POST, format!("{}{path}", who.browser.origin));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(request.form(fields).send().await.unwrap()).await
}

#[test]
fn every_post_route_of_the_table_is_in_this_matrix() {
    let tried: BTreeSet<String> = routes("key", "")
        .iter()
        .map(|(path, _)| row_of(path).unwrap_or_else(|| panic!("{path} is no address")))
        .collect();
    // These forms are sent without a session, so there is none to abuse.
    let without_session =
        ["/setup", "/sign-in", "/sign-in/two-step", "/invitations/account", "/hand-over/stop"]
            .map(str::to_owned);
    let all: BTreeSet<String> = tried.into_iter().chain(without_session).collect();
    assert_eq!(all, that_take("POST"), "a new POST route needs a row in tests/csrf/routes.rs");
}

#[tokio::test]
async fn what_another_site_could_send_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    settle(&server);
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "owner");
    let bobs_token = server.sign_in("bob@example.com").await.csrf;
    let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
    add_zoe(&server);
    let token = ada.form_token(DEV, "secret").await;
    let here = server.origin.clone();
    let (https, port) = (here.replace("http:", "https:"), format!("{here}0"));
    let origins: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("Referer", &here)],
        vec![("HX-Request", "true")],
        vec![("Origin", "https://evil.example")],
        vec![("Origin", "null")],
        vec![("Origin", "")],
        vec![("Origin", &port)],
        vec![("Origin", "http://127.0.0.1")],
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
        vec![("Sec-Fetch-Site", "none")],
        vec![("Sec-Fetch-Site", "")],
        vec![("Sec-Fetch-Site", "cross-site"), ("Origin", &here)],
        vec![("Sec-Fetch-Site", "same-site"), ("Origin", &https), ("HX-Request", "true")],
    ];
    let before = server.database.dump();
    for (path, fields) in routes(&key, &token) {
        let with = |csrf: &str| [&[("csrf", csrf.to_owned())], fields.as_slice()].concat();
        for headers in &origins {
            let page = send(&ada, &path, headers, &with(&ada.csrf)).await;
            assert_eq!(page.status, 403, "{path} {headers:?}");
        }
        let same = [("Sec-Fetch-Site", "same-origin"), ("Origin", here.as_str())];
        for csrf in [
            "",
            "x",
            &bobs_token,
            &ada.csrf[..63],
            &ada.csrf.to_uppercase(),
            &format!("{}0", ada.csrf),
        ] {
            let page = send(&ada, &path, &same, &with(csrf)).await;
            assert_eq!(page.status, 403, "{path} {csrf:?}");
            assert_eq!(page.text("h1"), "This form has expired");
        }
        assert_eq!(send(&ada, &path, &same, &fields).await.status, 403, "{path} without a token");
        // A token in the address or in a header does not count.
        let page = send(
            &ada,
            &format!("{path}?csrf={}", ada.csrf),
            &[same[0], ("X-CSRF-Token", &ada.csrf)],
            &fields,
        )
        .await;
        assert_eq!(page.status, 403, "{path} token elsewhere");
        assert_eq!(server.database.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn a_form_of_ours_is_accepted_on_every_route() {
    for case in 0..3 {
        let server = Server::start().await;
        let ada = server.ada().await;
        settle(&server);
        let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
        add_zoe(&server);
        let token = ada.form_token(DEV, "secret").await;
        // On a LAN without https browsers send no Sec-Fetch-Site; a proxy may end TLS in front of
        // us.
        let origin = if case == 2 {
            server.origin.replace("http:", "https:")
        } else {
            server.origin.clone()
        };
        let headers = if case == 0 {
            [("Sec-Fetch-Site", "same-origin")]
        } else {
            [("Origin", origin.as_str())]
        };
        for (path, fields) in routes(&key, &token) {
            let page = send(
                &ada,
                &path,
                &headers,
                &[&[("csrf", ada.csrf.clone())], fields.as_slice()].concat(),
            )
            .await;
            // Nobody was chosen, the last owner can't leave, other environments were seen, there is
            // no mail server, no such link, and no such environment: that is not about where the
            // form comes from.
            let expected = match path.rsplit('/').next() {
                Some("hand-over") => [422, 422],
                Some("leave" | "check-keys-only" | "shared-address") => [409, 409],
                Some("send") => [400, 400],
                Some("join") => [404, 404],
                Some("confirm") => [410, 410],
                _ => [200, 303],
            };
            assert!(
                expected.contains(&page.status.as_u16()),
                "{path} {headers:?}: {} {}",
                page.status,
                page.body
            );
        }
    }
}

#[tokio::test]
async fn with_a_public_url_its_origin_counts_and_not_the_host_header() {
    let server = Server::start_with(&["--public-url", "http://keys.example.com"]).await;
    let ada = server.ada().await;
    let fields = [("csrf", ada.csrf.clone()), ("theme", "dark".to_owned())];
    for (origin, status) in [
        ("http://keys.example.com", 303),
        (server.origin.as_str(), 403),
        ("https://keys.example.com", 403),
        ("http://keys.example.com.evil", 403),
        ("http://keys.example.com:80", 403),
    ] {
        assert_eq!(
            send(&ada, "/theme", &[("Origin", origin)], &fields).await.status,
            status,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn the_host_that_a_proxy_names_counts_if_the_proxy_is_trusted() {
    const NAMED: (&str, &str) = ("X-Forwarded-Host", "keys.example.com");
    for (options, trusted) in [(&[][..], false), (&["--trusted-proxy", "127.0.0.1"][..], true)] {
        let server = Server::start_with(options).await;
        let ada = server.ada().await;
        let fields = [("csrf", ada.csrf.clone()), ("theme", "dark".to_owned())];
        for (origin, good) in [
            ("http://keys.example.com", trusted),
            ("https://keys.example.com", trusted),
            (server.origin.as_str(), !trusted),
            ("https://evil.example", false),
            ("http://", false),
        ] {
            let page = send(&ada, "/theme", &[("Origin", origin), NAMED], &fields).await;
            assert_eq!(page.status, if good { 303 } else { 403 }, "{origin} {options:?}");
        }
        // Links and examples are for the same host.
        let request = ada
            .browser
            .request(Method::POST, "/projects/my-blog/team/invite")
            .header(NAMED.0, NAMED.1);
        let fields =
            [("csrf", ada.csrf.as_str()), ("email", "kim@example.com"), ("role", "viewer")];
        let page = Page::of(request.form(&fields).send().await.unwrap()).await.expect(200);
        assert_eq!(
            page.text("#lnk").starts_with("http://keys.example.com/"),
            trusted,
            "{}",
            page.text("#lnk")
        );
        assert_eq!(
            page.text("#lnk").starts_with(&server.origin),
            !trusted,
            "{}",
            page.text("#lnk")
        );
    }
}

#[tokio::test]
async fn signing_in_and_setting_up_ask_where_the_form_comes_from_too() {
    let server = Server::start().await;
    let link = server.setup_link.clone().unwrap();
    let setup_token = link.split_once("token=").unwrap().1;
    let visitor = server.anonymous();
    let post = async |path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]| {
        let mut request = visitor.client.request(Method::POST, server.url(path)).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let setup = [
        ("token", setup_token),
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("project", "My Blog"),
    ];
    let foreign: [&[(&str, &str)]; 4] = [
        &[],
        &[("Origin", "http://evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
    ];
    for headers in foreign {
        assert_eq!(post("/setup", headers, &setup).await, 403, "{headers:?}");
    }
    assert_eq!(server.database.count("SELECT count(*) FROM users"), 0);
    assert_eq!(post("/setup", &[("Origin", &server.origin)], &setup).await, 303);
    let sign_in = [("email", "ada@example.com"), ("password", PASSWORD)];
    for headers in foreign {
        assert_eq!(post("/sign-in", headers, &sign_in).await, 403, "{headers:?}");
    }
    assert_eq!(post("/sign-in", &[("Sec-Fetch-Site", "same-origin")], &sign_in).await, 303);
    for headers in foreign {
        assert_eq!(
            post("/sign-in/two-step", headers, &[("code", "123456")]).await,
            403,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn other_methods_do_not_stand_in_for_post() {
    let server = Server::start().await;
    let ada = server.ada().await;
    settle(&server);
    let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
    add_zoe(&server);
    let before = server.database.dump();
    for (path, fields) in routes(&key, &ada.form_token(DEV, "secret").await) {
        let fields = [&[("csrf", ada.csrf.clone())], fields.as_slice()].concat();
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let request = ada
                .browser
                .request(method.clone(), &path)
                .header("X-HTTP-Method-Override", "POST")
                .form(&fields);
            let page = Page::of(request.send().await.unwrap()).await;
            assert_eq!(page.status, 405, "{method} {path}");
            assert!(
                page.header("allow").is_some_and(|allow| allow.contains("POST")),
                "{method} {path}"
            );
        }
        let query: String =
            fields.iter().map(|(name, value)| format!("{name}={value}&_method=POST&")).collect();
        let request = ada
            .browser
            .request(Method::GET, &format!("{path}?{query}"))
            .header("X-HTTP-Method-Override", "POST");
        assert!(request.send().await.unwrap().status().as_u16() < 500);
    }
    assert_eq!(server.database.dump(), before);
}
