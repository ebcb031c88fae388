//! htmx gets fragments in place of pages.

use super::DEV;
use crate::support::Server;

#[tokio::test]
async fn htmx_gets_fragments_and_browsers_get_pages() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    for path in [format!("{DEV}/new?kind=secret"), format!("{DEV}/{id}/delete")] {
        let (page, fragment) =
            (ada.get(&path).await.expect(200), ada.hx_get(&path).await.expect(200));
        assert!(page.body.trim_start().starts_with("<!doctype html>"), "{path}");
        assert!(
            !fragment.body.contains("<!doctype") && !fragment.body.contains("<title"),
            "{path}"
        );
        for answer in [&page, &fragment] {
            assert!(
                answer.header("vary").is_some_and(|vary| vary.contains("HX-Request")),
                "{path}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        }
    }
    // Back in the history: htmx asks for the page.
    let restored = ada.browser.request(reqwest::Method::GET, &format!("{DEV}/new?kind=secret"));
    let restored = restored
        .header("HX-Request", "true")
        .header("HX-History-Restore-Request", "true")
        .send()
        .await
        .unwrap();
    assert!(restored.text().await.unwrap().trim_start().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn creating_answers_with_the_row_and_the_reveal() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let wrong =
        ada.hx_post(DEV, &[("token", &token), ("kind", "secret"), ("name", "")]).await.expect(422);
    assert!(
        wrong.body.trim_start().starts_with("<tr") && wrong.body.contains("Enter a name."),
        "{}",
        wrong.body
    );
    let made = ada
        .hx_post(DEV, &[("token", &token), ("kind", "secret"), ("name", "server-key")])
        .await
        .expect(200);
    assert_eq!(made.text("tr .clamp"), "server-key");
    assert!(made.text("tr .meta").starts_with("created just now by"));
    assert_eq!(
        made.attribute("dialog#reveal", "closedby"),
        "none",
        "Escape and a click outside don't lose the key"
    );
    assert_eq!(
        made.attribute("dialog#reveal", "data-focus-after"),
        format!("#{}", made.attribute("tr", "id"))
    );
    assert_eq!(made.text("#new-key").len(), 67);
    assert!(!made.body.contains("<!doctype"));
}

#[tokio::test]
async fn deleting_takes_the_row_away_and_closes_the_dialog() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let wrong = ada.hx_post(&format!("{DEV}/{id}/delete"), &[("confirm", "x")]).await.expect(422);
    assert!(wrong.has("form #confirm-err") && wrong.header("hx-trigger-after-settle").is_none());
    let done =
        ada.hx_post(&format!("{DEV}/{id}/delete"), &[("confirm", "server-key")]).await.expect(200);
    assert_eq!(done.header("hx-trigger-after-settle"), Some("closeDialogs, keysChanged"));
    assert!(
        done.body.contains(&format!("<hx-partial hx-target=\"#{id}\" hx-swap=\"delete\">")),
        "{}",
        done.body
    );
    assert!(done.body.contains("is deleted. Calls with it are refused."));
    assert!(done.header("set-cookie").is_none(), "it is said here, not on the next page");
}

#[tokio::test]
async fn errors_are_messages_in_place() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let missing =
        ada.hx_get(&format!("{DEV}/key_00000000000070008000000000000000/delete")).await.expect(404);
    assert!(missing.has("div.toast") && !missing.body.contains("<!doctype"), "{}", missing.body);
    assert!(missing.text("div.toast").contains("Reference"));
    assert!(missing.header("vary").is_some_and(|vary| vary.contains("HX-Request")));
}
