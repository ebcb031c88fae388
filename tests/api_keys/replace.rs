//! Deleting a key and creating it again, after the answer with its value was lost.

use super::{DEV, made, names};
use crate::support::{Page, Server, SignedIn, Verified};

/// A key whose form was sent twice: its text, its id, and the second answer.
async fn lost(ada: &SignedIn) -> (String, String, Page) {
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    let key = ada.post(DEV, &fields).await.expect(200).text("#new-key");
    let again = ada.post(DEV, &fields).await.expect(409);
    let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");
    (key, id, again)
}

#[tokio::test]
async fn it_deletes_the_key_and_reveals_a_new_one_with_its_name_once() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id, again) = lost(&ada).await;
    let action = again.attribute("#secret-rows .note form", "action");
    assert_eq!(action, format!("{DEV}/{id}/replace"));
    let token = again.attribute("#secret-rows .note input[name=token]", "value");
    ada.post(&format!("{DEV}/{id}/edit"), &[("name", "server-key"), ("note", "ask the wombat")])
        .await
        .expect(303);
    let new = ada.post(&action, &[("token", &token)]).await.expect(200).text("#new-key");
    assert_ne!(old, new);
    assert_eq!(api.verify(&old).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    assert_eq!(api.verify(&new).await, Verified::Good("admin".to_owned()));
    assert_eq!(names(&ada.get(DEV).await, "secret"), ["server-key"]);
    assert_eq!(
        names(&ada.get(&format!("{DEV}?q=wombat")).await, "secret"),
        ["server-key"],
        "with its note"
    );
    // Sent again: told of the key that it made.
    let page = ada.post(&action, &[("token", &token)]).await.expect(409);
    assert!(page.body.contains("can't be shown again"));
    assert_eq!(made(&server), 2);
    assert_eq!(api.verify(&new).await, Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn the_fragment_takes_the_old_row_away() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id, again) = lost(&ada).await;
    let token = again.attribute("#secret-rows .note input[name=token]", "value");
    let page = ada.hx_post(&format!("{DEV}/{id}/replace"), &[("token", &token)]).await.expect(200);
    assert!(
        page.body.contains(&format!("<hx-partial hx-target=\"#{id}\" hx-swap=\"delete\">")),
        "{}",
        page.body
    );
    assert_eq!(page.text("#new-key").len(), 67);
}

#[tokio::test]
async fn a_key_that_somebody_deleted_meanwhile_is_told_and_not_replaced() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id, again) = lost(&ada).await;
    let token = again.attribute("#secret-rows .note input[name=token]", "value");
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    let page = ada.post(&format!("{DEV}/{id}/replace"), &[("token", &token)]).await.expect(200);
    assert!(page.text("h1").starts_with("You deleted this key"), "{}", page.text("h1"));
    assert_eq!(made(&server), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sent_many_times_at_once_it_replaces_once() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id, again) = lost(&ada).await;
    let token = again.attribute("#secret-rows .note input[name=token]", "value");
    let held = server.database.hold_keys_until(3);
    let mut sendings = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (ada, token, id) = (ada.clone(), token.clone(), id.clone());
        sendings.spawn(async move {
            ada.hx_post(&format!("{DEV}/{id}/replace"), &[("token", &token)]).await.status.as_u16()
        });
    }
    let mut statuses = sendings.join_all().await;
    held.join().unwrap();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 19][..]));
    assert_eq!(made(&server), 2);
    assert_eq!(server.database.count("SELECT count(*) FROM api_keys WHERE deleted_at IS NULL"), 1);
}
