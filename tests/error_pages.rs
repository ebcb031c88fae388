//! Error pages: what happened, what to do, and a reference that is in the log, too.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Page, Process, Server, Verified};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn each_says_what_happened_and_what_to_do_in_the_look_of_all_pages() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let big = "x".repeat(20_000);
    let put = Page::of(ada.browser.request(Method::PUT, DEV).send().await.unwrap()).await;
    assert_eq!(put.header("allow"), Some("GET, HEAD, POST"));
    let answers = [
        (400, "That request makes no sense here", ada.post(DEV, &[("extra", "1")]).await),
        (401, "You are signed out", server.anonymous().post(DEV, &[]).await),
        (403, "This form has expired", ada.browser.post(DEV, &[]).await),
        (404, "Nothing hangs here", ada.get("/nowhere").await),
        (405, "That can't be done with this page", put),
        (413, "That was too much", ada.post(DEV, &[("name", &big)]).await),
        (
            431,
            "That request is too large",
            Page::of(
                ada.browser.request(Method::GET, DEV).header("X-Big", &big).send().await.unwrap(),
            )
            .await,
        ),
    ];
    for (status, title, page) in answers {
        assert_eq!(page.status, status, "{}", page.body);
        assert_eq!(page.text("h1"), title);
        assert_eq!(page.text("title"), format!("{title} · Keyrack"));
        assert!(page.text(".lead").len() > 20, "{status}: what to do");
        assert!(
            page.text(".hint").starts_with(&format!("Error {status}, reference ")),
            "{status}: {}",
            page.text(".hint")
        );
        assert!(page.has("link[rel=stylesheet]") && page.has("main#main"), "{status}");
    }
}

#[tokio::test]
async fn htmx_gets_the_same_as_a_message_in_place() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let hx = async |method: Method, path: &str| {
        Page::of(
            ada.browser.request(method, path).header("HX-Request", "true").send().await.unwrap(),
        )
        .await
    };
    for (status, title, page) in [
        (404, "Nothing hangs here.", hx(Method::GET, "/nowhere").await),
        (405, "That can't be done with this page.", hx(Method::PUT, DEV).await),
        (400, "That request makes no sense here.", ada.hx_post(DEV, &[("extra", "1")]).await),
    ] {
        assert_eq!(page.status, status);
        assert!(page.body.trim_start().starts_with("<div class=\"toast"), "{}", page.body);
        assert!(
            page.text(".toast").starts_with(title) && page.text(".toast").contains("Reference "),
            "{}",
            page.text(".toast")
        );
    }
}

#[tokio::test]
async fn a_panic_costs_its_own_request_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    // A clock can't have this time, so reading it panics.
    server.clock.advance(TimeDelta::MAX);
    for _ in 0..20 {
        let page = ada.get(DEV).await;
        assert_eq!(page.status, 500);
        assert_eq!(page.text("h1"), "Something broke");
        assert!(page.text(".hint").starts_with("Error 500, reference "), "{}", page.body);
        assert!(
            !page.body.contains("overflow") && !page.body.contains(".rs"),
            "nothing of the inside: {}",
            page.body
        );
    }
    assert_eq!(server.api().call(Method::GET, "/healthz", &[]).await.status, 200);
    server.clock.advance(-TimeDelta::MAX);
    ada.get(DEV).await.expect(200);
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn the_theme_of_the_reader_is_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.post("/theme", &[("theme", "dark")]).await.expect(303);
    assert!(ada.get("/nowhere").await.expect(404).has("html[data-theme=dark]"));
}

#[tokio::test]
async fn what_somebody_sent_is_not_repeated() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for path in [
        "/canary-4711",
        "/projects/canary-4711",
        &format!("{DEV}/canary-4711/delete"),
        "/projects/%3Cscript%3Ecanary-4711",
        &format!("{DEV}?canary-4711=%ff"),
    ] {
        let page = ada.get(path).await;
        assert!(page.status.is_client_error() && !page.body.contains("canary-4711"), "{path}");
    }
}

#[tokio::test]
async fn the_reference_of_a_page_finds_its_line_in_the_log() {
    let database = crate::support::TestDatabase::new();
    let process = Process::serve(&database);
    let page = crate::support::Anonymous::new(&process.origin).get("/nowhere").await.expect(403);
    let reference = page.text("code.select-all");
    crate::support::eventually(|| process.stderr.lock().unwrap().contains(&reference)).await;
    let log = process.stderr.lock().unwrap().clone();
    let line = log.lines().find(|line| line.contains(&reference)).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["request_id"], &line["status"]),
        (&serde_json::json!(reference), &serde_json::json!(403))
    );
}

#[tokio::test]
async fn who_comes_back_to_the_address_of_a_button_sees_a_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for path in ["/sign-out", "/theme", "/invitations/join", "/invitations/account"] {
        assert_eq!(
            ada.get(path).await.expect(303).location(),
            "/projects/my-blog/dev/api-keys",
            "{path}"
        );
        assert!(
            server.anonymous().get(path).await.expect(303).location().starts_with("/sign-in"),
            "{path}"
        );
    }
    ada.get("/projects").await.expect(200); // nobody was signed out
    ada.post("/projects/my-blog/team/invite", &[("email", "kim@example.com"), ("role", "viewer")])
        .await
        .expect(200);
    let id = server.database.query("SELECT id AS value FROM invitations").remove(0);
    for verb in ["renew", "send", "cancel"] {
        let page =
            ada.get(&format!("/projects/my-blog/team/invitations/{id}/{verb}")).await.expect(200);
        assert_eq!(page.text("h1"), "Team", "{verb}");
        assert!(page.has(&format!("#{id}")), "{verb}: nothing was changed");
    }
}

#[tokio::test]
async fn an_address_that_is_no_text_is_told_why() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (query, why) in [
        ("q=%ff", "The address is not in UTF-8."),
        ("q=%00", "The address has a NUL character in it."),
    ] {
        assert_eq!(
            ada.get(&format!("{DEV}?{query}")).await.expect(400).text(".lead"),
            why,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_an_address_leads_to_the_page_without_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for (path, page) in [
        ("/projects/", "/projects"),
        ("/projects/my-blog/", "/projects/my-blog"),
        ("/projects/my-blog/dev/api-keys/?q=a", "/projects/my-blog/dev/api-keys?q=a"),
        ("/nowhere/", "/nowhere"),
    ] {
        assert_eq!(ada.get(path).await.expect(303).location(), page);
        assert_eq!(server.anonymous().get(path).await.expect(303).location(), page);
    }
    for nothing in ["//evil.example/", "/nowhere"] {
        ada.get(nothing).await.expect(404);
    }
    ada.post("/projects/", &[("name", "Shop")]).await.expect(404);
}
