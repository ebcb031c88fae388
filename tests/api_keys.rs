//! The life of a key in the dashboard, and what the verifier says of it.

use crate::support::{Server, Verified};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn a_deleted_key_is_refused_at_once() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    let page = ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert_eq!(page.location(), DEV);
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
}
