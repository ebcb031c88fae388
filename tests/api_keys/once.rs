//! The one-time token of the form: no key is created twice.

use super::{DEV, made, names};
use crate::support::{Server, Verified};

const STAGING: &str = "/projects/my-blog/staging/api-keys";

#[tokio::test]
async fn a_form_that_is_sent_again_makes_no_second_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    let key = ada.post(DEV, &fields).await.expect(200).text("#new-key");
    // Reload, Back and Create, a retry; also when the name was changed meanwhile.
    for name in ["server-key", "server-key", "another-name"] {
        let page = ada.post(DEV, &[fields[0], fields[1], ("name", name)]).await.expect(409);
        let said = page.text("#secret-rows .note p");
        assert_eq!(
            said,
            "'server-key' was created, but its value can't be shown again. If you didn't copy it, replace it."
        );
        assert!(page.text("#secret-rows .note button").starts_with("Delete and create again"));
        assert!(!page.body.contains(&key));
    }
    let page = ada.hx_post(DEV, &fields).await.expect(409);
    assert!(
        page.body.trim_start().starts_with("<tr") && page.body.contains("can't be shown again"),
        "{}",
        page.body
    );
    assert_eq!(made(&server), 1);
    assert_eq!(
        server.api().verify(&key).await,
        Verified::Good("admin".to_owned()),
        "and the first one is good"
    );
}

#[tokio::test]
async fn a_token_stays_used_when_its_key_is_deleted() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    ada.post(DEV, &fields).await.expect(200);
    let id = ada.get(DEV).await.attribute("#secret-rows tr", "id");
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    ada.post(DEV, &fields).await.expect(409);
    assert_eq!(names(&ada.get(DEV).await, "secret").len(), 0);
}

#[tokio::test]
async fn a_form_without_a_good_token_is_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let good = ada.form_token(DEV, "secret").await;
    let before = server.database.dump();
    ada.post(DEV, &[("kind", "secret"), ("name", "server-key")]).await.expect(400);
    let bad = [
        String::new(),
        "x".to_owned(),
        good[..31].to_owned(),
        format!("{good}0"),
        good.to_uppercase() + "Z",
        "g".repeat(32),
        format!(" {good}"),
    ];
    for token in bad {
        let page =
            ada.post(DEV, &[("token", &token), ("kind", "secret"), ("name", "server-key")]).await;
        assert_eq!(page.status, 403, "{token:?}");
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn a_used_token_of_another_environment_is_refused_and_tells_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("token", token.as_str()), ("kind", "secret"), ("name", "server-key")];
    ada.post(DEV, &fields).await.expect(200);
    let page = ada.post(STAGING, &fields).await.expect(403);
    assert!(!page.body.contains("server-key"));
    assert_eq!(made(&server), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_sendings_of_one_form_at_once_make_one_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let token = ada.form_token(DEV, "secret").await;
    let mut sendings = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (ada, token) = (ada.clone(), token.clone());
        sendings.spawn(async move {
            ada.hx_post(DEV, &[("token", &token), ("kind", "secret"), ("name", "server-key")])
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = sendings.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 99][..]));
    assert_eq!(made(&server), 1);
}
