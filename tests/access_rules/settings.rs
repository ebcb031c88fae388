//! How the verifier and the policy stay together: at once, on every process, and never looser than stored.

use super::{DEV, RULES, assert_forbidden, behind_a_gateway, call, original};
use crate::support::{Server, TestDatabase};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_that_starts_after_a_change_was_answered_is_judged_by_the_old_rules() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let replica = Server::start_on(TestDatabase::at(server.database.url().to_owned()), &["--trusted-proxy", "127.0.0.1"]).await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    for round in 0..10 {
        let open = round % 2 == 0;
        let rights: &[(&str, &str)] = if open { &[("guest-delete", "on")] } else { &[("guest-read", "on")] };
        ada.save_rules(RULES, rights).await.expect(303);
        for at in [&server, &replica] {
            let answers = futures_util::future::join_all((0..16).map(|_| original(at, &web, "DELETE", "/v1/data/posts/1"))).await;
            for page in answers {
                assert_eq!(page.status.as_u16(), if open { 200 } else { 403 }, "round {round}");
            }
        }
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_lets_nobody_in() {
    let server = behind_a_gateway().await;
    let ada = server.ada().await;
    let (web, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_rules(RULES, &[("guest-read", "on")]).await.expect(303);
    for settings in ["", "{}x", "{\"rules\":{}}", "{\"unknown\":1}"] {
        server.database.execute(&format!("UPDATE policies SET version = version + 1, settings = '{settings}'"));
        for headers in [&[][..], &[("Origin", "https://a.example")]] {
            let page = call(&server, &web, headers).await.expect(503);
            assert_eq!(page.json()["error"], "UNAVAILABLE", "{settings:?}");
        }
    }
    ada.get(RULES).await.expect(503);
    // Another environment has nothing to do with it.
    let (staging, _) = ada.create_key("/projects/my-blog/staging/api-keys", "publishable", "web").await;
    assert_eq!(call(&server, &staging, &[]).await.status, 200);
    assert_forbidden(&original(&server, &staging, "POST", "/v1/data/posts").await, "PERMISSION_DENIED", "create posts", "staging");
}
