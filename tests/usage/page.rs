//! The column *Last used* of the API Keys page.

use chrono::TimeDelta;

use super::{DEV, verify, written};
use crate::support::Server;

#[tokio::test]
async fn the_page_says_when_a_key_was_used_last() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let cell = "#secret-rows td[data-label='Last used']";
    assert_eq!(ada.get(DEV).await.text(cell), "not yet");
    verify(&server, &key, &[]).await.expect(200);
    written(&server.database, 1).await;
    let at = server.clock.now();
    assert_eq!(ada.get(DEV).await.text(cell), "just now");
    server.clock.advance(TimeDelta::minutes(2));
    let page = ada.get(DEV).await;
    assert_eq!(page.text(cell), "2 minutes ago");
    assert!(
        page.attribute(&format!("{cell} time"), "datetime")
            .starts_with(&at.format("%Y-%m-%dT%H:").to_string())
    );
    assert_eq!(
        page.texts("#h-secret, .keys thead th").iter().filter(|text| *text == "Last used").count(),
        2,
        "in both cards"
    );
}

#[tokio::test]
async fn refused_calls_are_no_use() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    server.database.execute("UPDATE api_keys SET deleted_at = created_at");
    verify(&server, &key, &[]).await.expect(401);
    written(&server.database, 1).await;
    server.database.execute(&format!("UPDATE api_keys SET deleted_at = NULL WHERE id = '{id}'"));
    assert_eq!(ada.get(DEV).await.text("#secret-rows td[data-label='Last used']"), "not yet");
}

#[tokio::test]
async fn nobody_says_never_of_what_was_before_counting_began() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "old-key").await;
    server.database.execute("UPDATE api_keys SET created_at = '2026-03-03 09:00:00'");
    let text = ada.get(DEV).await.text("#secret-rows td[data-label='Last used']");
    assert!(text.starts_with("not since tracking began on "), "{text}");
    assert!(text.ends_with(&server.clock.now().format("%-d %b %Y").to_string()), "{text}");
}
