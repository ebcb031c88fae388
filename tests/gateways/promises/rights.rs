//! What a call may do, behind each gateway.

use reqwest::Method;

use super::Setting;
use crate::support::raw;

impl Setting {
    /// Keyrack knows from each gateway what the call is, and decides by it; also when the address
    /// is written so that Keyrack, the gateway and the API might read three things in it.
    pub(super) async fn keeps_calls_within_their_rights(&self, guest: &str, narrowed: &str) {
        let name = self.kind.name;
        let call = async |method: Method, path: &str, key: &str| {
            self.through.call(method, path, &[("X-API-Key", key.as_bytes())]).await
        };
        assert_eq!(
            call(Method::GET, "/v1/data/posts/1", narrowed).await.status,
            200,
            "{name}: {}",
            self.gateway.log()
        );
        assert_eq!(call(Method::GET, "/v1/data/posts/1", guest).await.status, 200, "{name}");
        let before = self.api.calls();
        for (method, key, error) in [
            (Method::DELETE, guest, "PERMISSION_DENIED"),
            (Method::DELETE, narrowed, "SCOPE_INSUFFICIENT"),
            (Method::PATCH, narrowed, "SCOPE_INSUFFICIENT"),
        ] {
            let page = call(method.clone(), "/v1/data/posts/1?x=/v1/files", key).await;
            assert_eq!(
                (page.status.as_u16(), page.json()["error"].as_str()),
                (403, Some(error)),
                "{name} {method}: {}",
                page.body
            );
        }
        for path in [
            "/v1//data/posts/1",
            "//v1/data/posts/1",
            "/v1/./data/posts/1",
            "/v1/x/../data/posts/1",
            "/v1/x/%2e%2E/data/posts/1",
            "/v1/x/.%2e/data/posts/1",
            "/v1/%64ata/posts/1",
            "/v1/%2564ata/posts/1",
            "/v1%2fdata/posts/1",
            "/v1/x/..%2fdata/posts/1",
            "/v1\\data/posts/1",
            "/v1/x/..%5cdata/posts/1",
            "/v1/data;x=1/posts/1",
            "/v1/data%3bx/posts/1",
            "/v1/data/posts/1%00",
            "/v1/data/posts%0a/1",
            "/v1/%c0%ae%c0%ae/v1/data/posts/1",
            "/V1/Data/posts/1",
            "/v1/data/posts/1#/v1/files",
            "http://api.example.com/v1/data/posts/1",
            "*",
        ] {
            // Byte by byte: a client library would put the address right.
            let head = format!(
                "DELETE {path} HTTP/1.1\r\nX-API-Key: {narrowed}\r\nX-HTTP-Method-Override: GET"
            );
            let answer = raw::send(&self.gateway.origin, head.as_bytes(), b"").await;
            assert!(
                (400..500).contains(&answer.status),
                "{name} {path}: {} {}",
                answer.status,
                answer.body
            );
        }
        assert_eq!(self.api.calls(), before, "{name}: nothing of that reached the API");
    }
}
