//! Where the pages show a leak, and what they say to do.

use chrono::TimeDelta;

use super::{DEV, leak};
use crate::support::Server;

#[tokio::test]
async fn a_key_that_leaked_is_resumed_only_after_a_question() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let page = format!("{DEV}/{id}");
    let ask = format!("{page}/resume");
    assert_eq!(ada.get(&ask).await.expect(303).location(), page, "it is not paused");
    // A key that somebody paused can be resumed without a confirmation.
    ada.post(&format!("{page}/pause"), &[]).await.expect(303);
    assert!(ada.get(&page).await.has(&format!("form[action='{ask}'] button")));
    ada.post(&ask, &[]).await.expect(303);

    leak(&server, &key).await;
    let shown = ada.get(&page).await.expect(200);
    assert!(!shown.has(&format!("form[action='{ask}']")));
    assert_eq!(shown.attribute(&format!("a[href='{ask}']"), "href"), ask);
    let question = ada.get(&ask).await.expect(200);
    assert_eq!(question.text("h1"), "Resume secret key server-key in dev?");
    assert!(question.text(".note.danger").starts_with("It leaked: somebody else has its full"));
    assert_eq!(question.texts("main footer :is(a, button)"), ["Cancel", "Resume anyway", "Rotate"]);
    let seen = question.attribute("input[name=seen]", "value");
    ada.post(&ask, &[("seen", &seen)]).await.expect(303);
}

#[tokio::test]
async fn the_list_the_page_of_the_key_and_the_overview_tell() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    ada.create_key(DEV, "secret", "other").await;
    assert!(!ada.get("/projects/my-blog").await.has(".note.danger"));
    leak(&server, &key).await;
    assert_eq!(ada.get(DEV).await.texts(&format!("#{id} .badge")), ["Leaked", "Paused"]);
    let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
    assert_eq!(page.texts("main .dl .badge"), ["Leaked", "Paused"]);
    let note = page.text("main .note.danger");
    assert!(
        note.starts_with("Leaked. Somebody found its full text") && note.ends_with("Or delete it."),
        "{note}"
    );
    assert!(page.text("main .note.warn").starts_with("Paused because it leaked."));
    assert_eq!(page.texts("main .page-head .row :is(a, button)"), ["Rotate", "Resume", "Delete"]);
    assert!(
        page.text("main .list")
            .starts_with("Somebody reported a leak of this key: it was paused at once"),
        "{}",
        page.text("main .list")
    );

    let page = ada.get("/projects/my-blog").await.expect(200);
    assert!(
        page.text(".note.danger").ends_with("Rotate or delete them: 1 key in dev."),
        "{}",
        page.text(".note.danger")
    );
    let found = ada.get(&page.attribute(".note.danger a", "href")).await.expect(200);
    assert_eq!(found.texts("#secret-rows td.name .clamp"), ["server-key"]);
    assert_eq!(found.text("#status option[selected]"), "Leaked");

    // A stranger is not the command line.
    let told = ada.get("/projects/my-blog/activity?what=key").await.expect(200);
    assert!(
        told.texts("td.name")[0].starts_with("Somebody reported a leak of key server-key"),
        "{:?}",
        told.texts("td.name")
    );
    assert_eq!(told.texts("td[data-label=From]")[0], "127.0.0.1");
    assert!(
        !ada.get("/projects/my-blog/activity?person=command-line")
            .await
            .text("main")
            .contains("reported a leaked")
    );

    // What is over is not counted.
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = '{}' WHERE id = '{id}'",
        server.clock.now() - TimeDelta::days(1)
    ));
    assert!(!ada.get("/projects/my-blog").await.has(".note.danger"));
    server.database.execute("UPDATE api_keys SET expires_at = NULL");
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert!(!ada.get("/projects/my-blog").await.has(".note.danger"));
    assert!(!ada.get(&format!("{DEV}?status=leaked")).await.has("#secret-rows tr"));
}

#[tokio::test]
async fn who_may_not_change_keys_sees_it_too() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    leak(&server, &key).await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let bob = server.sign_in("bob@example.com").await;
    let page = bob.get(&format!("{DEV}/{id}")).await.expect(200);
    assert!(page.text("main .note.danger").starts_with("Leaked."));
    assert_eq!(page.texts("main .page-head button[disabled]"), ["Rotate", "Resume", "Delete"]);
    assert!(bob.get("/projects/my-blog").await.has(".note.danger"));
}
