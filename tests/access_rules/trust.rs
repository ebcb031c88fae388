//! Gateways that are not trusted: the administrator is told, and nothing that they say counts.

use super::{DEV, RULES, call};
use crate::support::{ApiClient, Process, Server, TestDatabase, eventually, tenant};

#[tokio::test]
async fn a_gateway_that_is_not_trusted_is_told_of_once_a_minute() {
    let database = TestDatabase::migrated();
    tenant::settle(&database);
    let keyrack = Process::serve(&database);
    let ada = tenant::ada(&keyrack.origin).await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let api = ApiClient::new(&keyrack.origin);
    const WARNING: &str = "a peer that is not trusted tells what the original request is";
    let told = || keyrack.stderr.lock().unwrap().matches(WARNING).count();
    // There is no warning without a valid key, and none without an original request.
    let unknown = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
    api.ask(unknown, &[]).await.expect(401);
    api.call(reqwest::Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())])
        .await
        .expect(200);
    assert_eq!(told(), 0);
    for _ in 0..5 {
        api.ask(&key, &[]).await.expect(200);
    }
    eventually(|| told() == 1).await;
    let log = keyrack.stderr.lock().unwrap().clone();
    let line = log.lines().find(|line| line.contains(WARNING)).unwrap();
    assert!(line.contains("\"WARN\"") && line.contains("\"peer\":\"127.0.0.1\""), "{line}");
    assert!(line.contains("\"environment\":\"env_"), "{line}");
    assert_eq!(told(), 1);
}

#[tokio::test]
async fn access_rules_name_it_to_those_who_may_edit_them() {
    let server = Server::start_bare(TestDatabase::migrated(), &[]).await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    server.api().ask(&key, &[]).await.expect(200);
    let noted = "SELECT count(*) FROM gateways_seen WHERE untrusted_original_at IS NOT NULL";
    eventually(|| server.database.count(noted) == 1).await;
    let told = "127.0.0.1 passes method and path, but Keyrack doesn't trust it.";
    assert!(ada.get(RULES).await.text(".note.warn").starts_with(told));
    let staging = ada.get("/projects/my-blog/staging/access-rules").await.expect(200);
    assert!(!staging.has(".note.warn"), "nobody asks there");
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "viewer");
    let bob = server.sign_in("bob@example.com").await;
    assert!(!bob.get(RULES).await.expect(200).body.contains("127.0.0.1"));
    server.clock.advance(chrono::TimeDelta::days(8));
    let ada = server.sign_in("ada@example.com").await;
    assert!(!ada.get(RULES).await.expect(200).has(".note.warn"), "that was long ago");
}

#[tokio::test]
async fn what_a_stranger_writes_is_not_read_for_more_nor_for_less() {
    let headers = [
        ("X-Original-Method", "DELETE"),
        ("X-Original-URI", "/v1/data/../posts"),
        ("X-Forwarded-Method", "DELETE"),
        ("X-Original-From", "path"),
        ("X-Forwarded-For", "10.0.0.1"),
    ];
    let server = Server::start_bare(TestDatabase::migrated(), &[]).await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    assert_eq!(call(&server, &key, &headers).await.status, 200);
}
