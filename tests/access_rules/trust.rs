//! Gateways that nobody has named: the administrator is told, and nothing of what they say counts.

use super::{DEV, call};
use crate::support::{ApiClient, Process, TestDatabase, eventually, tenant};

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
    // Not without a valid key, and not without anything that it tells.
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
async fn what_a_stranger_writes_is_not_read_for_more_nor_for_less() {
    let headers = [
        ("X-Original-Method", "DELETE"),
        ("X-Original-URI", "/v1/data/../posts"),
        ("X-Forwarded-Method", "DELETE"),
        ("X-Original-From", "path"),
        ("X-Forwarded-For", "10.0.0.1"),
    ];
    let server = crate::support::Server::start_bare(TestDatabase::migrated(), &[]).await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    assert_eq!(call(&server, &key, &headers).await.status, 200);
}
