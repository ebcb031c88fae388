//! The error pages.

use reqwest::Method;

use super::{assert_looks_like, whole};
use crate::support::{Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn error_pages() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let zoe = server.user("Zoe", "zoe@example.com");
    server.member("my-blog", &zoe, "viewer");
    let zoe = server.sign_in("zoe@example.com").await;
    let big = "x".repeat(20_000);
    let send = async |method, header: &str| {
        let request = ada.browser.request(method, DEV).header("X-Big", header);
        Page::of(request.send().await.unwrap()).await
    };
    for (status, page) in [
        (400, ada.post(DEV, &[("extra", "1")]).await),
        (401, server.anonymous().post(DEV, &[]).await),
        (403, zoe.post(DEV, &[("token", "x"), ("kind", "secret"), ("name", "mine")]).await),
        (404, ada.get("/nowhere").await),
        (405, send(Method::PUT, "").await),
        (413, ada.post(DEV, &[("name", &big)]).await),
        (431, send(Method::GET, &big).await),
    ] {
        let page = page.expect(status);
        assert_looks_like(&format!("error-{status}"), &whole(&page));
    }
    let expired = ada.browser.post(DEV, &[]).await.expect(403);
    assert_looks_like("error-403-expired-form", &whole(&expired));
}
