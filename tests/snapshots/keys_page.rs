//! The API Keys page, which people see most.

use super::assert_looks_like;
use crate::support::Server;

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn api_keys_page() {
    let server = Server::start().await;
    let ada = server.ada().await;
    assert_looks_like("api-keys-empty", &ada.get(DEV).await.expect(200).body);
    ada.create_key(DEV, "publishable", "web").await;
    ada.create_key(DEV, "secret", "server-key").await;
    let (_, paused) = ada.create_key(DEV, "secret", "paused").await;
    ada.post(&format!("{DEV}/{paused}/pause"), &[]).await.expect(303);
    ada.get(&format!("{DEV}/{paused}")).await; // takes the message away
    assert_looks_like("api-keys", &ada.get(DEV).await.expect(200).body);
    let form = ada.get(&format!("{DEV}/new?kind=secret")).await.expect(200);
    assert_looks_like("api-keys-new", &form.body);
}
