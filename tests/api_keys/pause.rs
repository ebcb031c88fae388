//! Pause and Resume.

use super::DEV;
use crate::support::{Process, Server, Verified, eventually};

fn paused() -> Verified {
    Verified::Refused(401, "TOKEN_PAUSED".to_owned())
}

#[tokio::test]
async fn a_paused_key_is_refused_at_once_and_good_again_when_it_is_resumed() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page_of_key = format!("{DEV}/{id}");
    for _ in 0..2 {
        let answer = ada.post(&format!("{page_of_key}/pause"), &[]).await.expect(303);
        assert_eq!(answer.location(), page_of_key);
        assert_eq!(api.verify(&key).await, paused());
    }
    let page = ada.get(&page_of_key).await;
    assert_eq!(ada.get(DEV).await.text("#secret-rows .badge"), "Paused");
    assert!(page.text(".note.ok").contains("server-key is paused."));
    assert!(page.text(".note.warn").starts_with("Paused."));
    assert_eq!(page.texts("main .page-head .row :is(a, button)"), ["Rotate", "Resume", "Delete"]);
    assert_eq!(
        page.text("main .why"),
        "To rotate this key, resume it first.",
        "and not in a title, which fingers can't reach"
    );
    assert_eq!(page.attribute("main .page-head button[disabled]", "aria-describedby"), "no-rotate");
    for _ in 0..2 {
        ada.post(&format!("{page_of_key}/resume"), &[]).await.expect(303);
        assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    }
    assert!(!ada.get(DEV).await.has("#secret-rows .badge"));
    let told = server
        .database
        .query("SELECT action AS value FROM activity WHERE subject_kind = 'key' ORDER BY id");
    assert_eq!(
        told,
        ["key.created", "key.paused", "key.resumed"],
        "what changed nothing is not recorded"
    );
}

#[tokio::test]
async fn a_key_that_is_called_asks_before_it_is_paused() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}");
    let page = ada.get(&path).await.expect(200);
    assert!(
        page.has("form[action$='/pause']") && !page.has("a[href$='/pause']"),
        "nobody would miss it: one click"
    );
    assert!(!page.has("main .why"));
    for _ in 0..3 {
        assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    }
    eventually(|| server.database.count("SELECT coalesce(sum(accepted), 0) FROM usage_hours") == 3)
        .await;
    let page = ada.get(&path).await.expect(200);
    assert!(!page.has("form[action$='/pause']"));
    let ask = page.attribute("main a[href$='/pause']", "href");
    let page = ada.get(&ask).await.expect(200);
    assert_eq!(page.text("h1"), "Pause secret key server-key in dev?");
    assert!(
        page.text(".note.warn")
            .contains("3 calls in the last 24 hours, 3 in 7 days, from 1 address."),
        "{}",
        page.text(".note.warn")
    );
    assert!(page.text("main").contains("Resume undoes it"));
    assert_eq!(
        (page.attribute("main form", "action"), page.attribute("main footer a", "href")),
        (ask.clone(), path.clone())
    );
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()), "asking pauses nothing");

    ada.post(&ask, &[]).await.expect(303);
    assert_eq!(api.verify(&key).await, paused());
    // There is nothing to ask any more.
    assert_eq!(ada.get(&ask).await.expect(303).location(), path);
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(ada.get(&ask).await.expect(409).text("h1"), "This key is deleted");
}

#[tokio::test]
async fn a_deleted_key_can_be_neither_paused_nor_resumed() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    for verb in ["pause", "resume"] {
        let page = ada.post(&format!("{DEV}/{id}/{verb}"), &[]).await.expect(409);
        assert_eq!(page.text("h1"), "This key is deleted");
    }
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    for unknown in ["key_00000000000070008000000000000000", "key_", "x"] {
        ada.post(&format!("{DEV}/{unknown}/pause"), &[]).await.expect(404);
        ada.post(&format!("/projects/my-blog/prod/api-keys/{id}/resume"), &[]).await.expect(404);
    }
}

#[tokio::test]
async fn the_command_line_pauses_and_resumes() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "publishable", "my-app-key").await;
    let run = |verb: &str, id: &str| Process::run(&server.database, &["key", verb, "--id", id]);
    for _ in 0..2 {
        let output = run("pause", &id);
        assert!(output.status.success() && output.stdout.is_empty());
        assert_eq!(api.verify(&key).await, paused());
    }
    assert!(run("resume", &id).status.success());
    assert_eq!(api.verify(&key).await, Verified::Good("guest".to_owned()));
    ada.delete_key(DEV, &id, "my-app-key").await.expect(303);
    let output = run("resume", &id);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "keyrack: the key is deleted\n");
    let output = run("pause", "key_00000000000070008000000000000000");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "keyrack: there is no key with this id\n"
    );
}
