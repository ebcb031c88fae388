//! GET and HEAD change nothing, whoever asks for whatever.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn no_get_and_no_head_changes_the_database() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (_, deleted) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &deleted, "old-key").await.expect(303);
    let css = ada.get("/projects").await.attribute("link[rel=stylesheet]", "href");
    let before = server.database.dump();
    let visitor = server.anonymous();
    for path in [
        "/",
        "/setup",
        "/setup?token=x",
        "/sign-in",
        "/sign-in?next=/projects",
        "/sign-out",
        "/theme",
        "/help",
        "/help/api-keys",
        "/help/using-a-key",
        "/projects",
        "/projects/new",
        "/projects/my-blog",
        "/projects/nope",
        DEV,
        "/projects/my-blog/prod/api-keys?q=a&kind=secret&page=2",
        &format!("{DEV}/new?kind=secret"),
        &format!("{DEV}/search"),
        &format!("{DEV}/search?q=x"),
        &format!("{DEV}/{id}/delete"),
        &format!("{DEV}/{id}/delete?confirm=server-key"),
        &format!("{DEV}/{id}/replace"),
        &format!("{DEV}/{deleted}/delete"),
        &format!("{DEV}/{id}"),
        &format!("{DEV}/{deleted}"),
        &format!("{DEV}/{id}/edit"),
        &format!("{DEV}/{id}/rotate"),
        &format!("{DEV}/{id}/pause"),
        &format!("{DEV}/{deleted}/rotate"),
        &format!("{DEV}/deleted"),
        &format!("{DEV}?status=expired&sort=name"),
        "/projects/my-blog/settings/key-life",
        "/v1/verify",
        "/v1/key",
        "/healthz",
        "/readyz",
        &css,
        "/nowhere",
    ] {
        for method in [Method::GET, Method::HEAD] {
            for browser in [&ada.browser, &visitor] {
                let page = Page::of(browser.request(method.clone(), path).send().await.unwrap()).await;
                assert!(page.status.as_u16() < 500, "{method} {path}");
                let crossed = browser.client.request(method.clone(), server.url(path)).header("Sec-Fetch-Site", "cross-site");
                assert!(crossed.send().await.unwrap().status().as_u16() < 500, "a link from elsewhere works");
            }
        }
        assert_eq!(server.database.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn the_time_of_the_last_request_is_noted_once_a_minute_at_most() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let seen = || server.database.query("SELECT CAST(last_seen_at AS TEXT) AS value FROM sessions").remove(0);
    let first = seen();
    ada.get(DEV).await.expect(200);
    assert_eq!(seen(), first);
    server.clock.advance(TimeDelta::seconds(61));
    ada.get(DEV).await.expect(200);
    assert_ne!(seen(), first);
}
