//! What proxies say about people who sign in: the address by which attempts are counted, and the
//! address that links lead to.

use reqwest::Method;

use crate::support::{PASSWORD, Page, Server, SignedIn, TestDatabase};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not-the-password-9";
const BEHIND_A_PROXY: [&str; 2] = ["--trusted-proxy", "127.0.0.1"];

async fn sign_in(server: &Server, email: &str, password: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = server.anonymous().request(Method::POST, "/sign-in");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let form = [("email", email), ("password", password), ("next", "/projects")];
    Page::of(request.form(&form).send().await.unwrap()).await
}

/// Otherwise, somebody who manages to be unknown could guess without end.
#[tokio::test]
async fn clients_that_a_proxy_can_not_name_share_one_count_and_lock_nobody_else_out() {
    let server = Server::start_with(&BEHIND_A_PROXY).await;
    server.user("Ada", ADA);
    let unknown: [&[(&str, &str)]; 5] = [
        &[],
        &[("X-Forwarded-For", "unknown")],
        &[("X-Forwarded-For", "_another, 127.0.0.1")],
        &[("X-Forwarded-For", "127.0.0.1")],
        &[("Forwarded", "for=198.51.100.9")],
    ];
    for headers in unknown {
        sign_in(&server, ADA, WRONG, headers).await.expect(422);
    }
    for headers in unknown {
        sign_in(&server, ADA, PASSWORD, headers).await.expect(429);
    }
    for known in ["198.51.100.7", "0.0.0.1", "2001:db8::1"] {
        sign_in(&server, ADA, PASSWORD, &[("X-Forwarded-For", known)]).await.expect(303);
    }
    let told = "SELECT coalesce(address, 'none') AS value FROM activity WHERE action = 'user.sign-in-refused'";
    let told = server.database.query(told);
    assert_eq!(told, ["none"; 5], "nobody is named who is not known");
}

#[tokio::test]
async fn an_unknown_client_is_told_as_unknown_on_the_account_page() {
    let server = Server::start_with(&BEHIND_A_PROXY).await;
    let ada = server.ada().await;
    let page = ada.get("/account").await.expect(200);
    assert!(!page.text("main").contains("127.0.0.1") && !page.text("main").contains("0.0.0.0"));
}

async fn invite(ada: &SignedIn, headers: &[(&str, &str)]) -> String {
    let mut request = ada.browser.request(Method::POST, "/projects/my-blog/team/invite");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let form = [("csrf", ada.csrf.as_str()), ("email", "kim@example.com"), ("role", "viewer")];
    Page::of(request.form(&form).send().await.unwrap()).await.expect(200).text("#lnk")
}

#[tokio::test]
async fn links_lead_to_where_the_client_came_in_also_behind_two_proxies() {
    const LIST: (&str, &str) = ("X-Forwarded-For", "198.51.100.7, 127.0.0.2");
    const PROTO: (&str, &str) = ("X-Forwarded-Proto", "https, http");
    const HOST: (&str, &str) = ("X-Forwarded-Host", "keys.example.com, keyrack:8080");
    const RFC: (&str, &str) = (
        "Forwarded",
        "for=198.51.100.7;proto=https;host=keys.example.com, for=127.0.0.2;proto=http;host=keyrack",
    );
    let two = ["--trusted-proxy", "127.0.0.0/30"];
    let with_forwarded = [&two[..], &["--forwarded-header", "forwarded"]].concat();
    for (options, headers, expected) in [
        (&two[..], &[LIST, PROTO, HOST][..], "https://keys.example.com/"),
        // What the client sent stands further left.
        (
            &two,
            &[
                ("X-Forwarded-For", "10.9.9.9, 198.51.100.7"),
                ("X-Forwarded-Proto", "https, http"),
                ("X-Forwarded-Host", "evil.example, keys.example.com"),
            ],
            "http://keys.example.com/",
        ),
        // A proxy that replaces the list.
        (&two, &[LIST, ("X-Forwarded-Proto", "https"), HOST], "https://keys.example.com/"),
        // No list of addresses: a link must not lead to http.
        (&two, &[PROTO, ("X-Forwarded-Host", "keys.example.com")], "https://keys.example.com/"),
        (&with_forwarded, &[RFC], "https://keys.example.com/"),
        (&with_forwarded, &[LIST, PROTO, HOST], "http://127.0.0.1:"),
        (&two, &[RFC], "http://127.0.0.1:"),
        (&[], &[LIST, PROTO, HOST, RFC], "http://127.0.0.1:"),
    ] {
        let server = Server::start_bare(TestDatabase::migrated(), options).await;
        let link = invite(&server.ada().await, headers).await;
        assert!(link.starts_with(expected), "{options:?} {headers:?}: {link}");
    }
}

#[tokio::test]
async fn a_form_comes_from_the_host_that_the_client_asked_for_also_behind_two_proxies() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.0/30"]).await;
    let ada = server.ada().await;
    let list = [
        ("X-Forwarded-For", "198.51.100.7, 127.0.0.2"),
        ("X-Forwarded-Host", "evil.example, keys.example.com, keyrack"),
    ];
    for (origin, status) in [
        ("https://keys.example.com", 303),
        ("https://keyrack", 403),
        ("https://evil.example", 403),
        ("https://evil.example, keys.example.com, keyrack", 403),
    ] {
        let mut request = ada.browser.client.post(server.url("/theme")).header("Origin", origin);
        for (name, value) in list {
            request = request.header(name, value);
        }
        let form = [("csrf", ada.csrf.as_str()), ("theme", "dark")];
        let page = Page::of(request.form(&form).send().await.unwrap()).await;
        assert_eq!(page.status.as_u16(), status, "{origin}");
    }
}
