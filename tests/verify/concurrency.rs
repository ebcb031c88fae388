//! Requests that share a query still get their own answers.

use crate::support::{Process, Server, Verified};

use super::DEV;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_at_once_each_get_their_own_answer() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut keys = Vec::new();
    for number in 0..10 {
        let kind = if number % 2 == 0 { "secret" } else { "publishable" };
        let (key, id) = ada.create_key(DEV, kind, &format!("key-{number}")).await;
        keys.push((key, id));
    }
    ada.delete_key(DEV, &keys[0].1, "key-0").await.expect(303);
    let unknown = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848".to_owned();
    keys.push((unknown, String::new()));

    let api = server.api();
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (api, (key, id)) = (api.clone(), keys[number % keys.len()].clone());
        asked.spawn(async move { (number % 11, id, api.ask(&key, &[]).await) });
    }
    while let Some(answered) = asked.join_next().await {
        let (number, id, page) = answered.unwrap();
        match number {
            0 => assert_eq!(page.json()["error"], "TOKEN_REVOKED"),
            10 => assert_eq!(page.json()["error"], "INVALID_TOKEN"),
            _ => assert_eq!(
                (page.status.as_u16(), page.header("x-key-id")),
                (200, Some(id.as_str()))
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_that_starts_after_a_delete_was_answered_is_good() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for round in 0..5 {
        let name = format!("key-{round}");
        let (key, id) = ada.create_key(DEV, "secret", &name).await;
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let mut askers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (api, key, done) = (server.api(), key.clone(), std::sync::Arc::clone(&done));
            askers.spawn(async move {
                let mut after = 0;
                while after < 3 {
                    let deleted_before = done.load(std::sync::atomic::Ordering::SeqCst);
                    let verified = api.verify(&key).await;
                    if deleted_before {
                        assert_eq!(verified, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
                        after += 1;
                    }
                }
            });
        }
        ada.delete_key(DEV, &id, &name).await.expect(303);
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        while let Some(asker) = askers.join_next().await {
            asker.unwrap();
        }
    }
}

#[tokio::test]
async fn a_key_that_the_command_line_deletes_is_refused_at_once_by_the_running_server() {
    let server = Server::start().await;
    let (key, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
    let output = Process::run(&server.database, &["key", "delete", "--id", &id]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(server.api().verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}

#[tokio::test]
async fn a_replica_on_the_same_database_refuses_a_deleted_key_at_once() {
    let server = Server::start().await;
    let replica = Process::serve(&server.database);
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let theirs = crate::support::ApiClient::new(&replica.origin);
    assert_eq!(theirs.verify(&key).await, Verified::Good("admin".to_owned()));
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(theirs.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}
