//! A program that asks the verifier, as gateways do.

use reqwest::{Client, Method};

use super::Page;

#[derive(Clone)]
pub struct ApiClient {
    client: Client,
    origin: String,
}

/// What a gateway learns about a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    /// 200, and `X-User-Group`.
    Good(String),
    /// The status and `error`.
    Refused(u16, String),
}

/// An original request that every group may make, as a gateway passes it on.
pub const ORIGINAL: [(&str, &[u8]); 2] =
    [("X-Original-Method", b"GET"), ("X-Original-URI", b"/v1/data/posts")];

impl ApiClient {
    pub fn new(origin: &str) -> Self {
        Self { client: Client::new(), origin: origin.to_owned() }
    }

    /// Asks about a key of `my-blog/dev`, which most tests use, for a call that every group may
    /// make.
    pub async fn verify(&self, key: &str) -> Verified {
        self.verify_for("my-blog/dev", key).await
    }

    /// The same for an environment: `{project}/{environment}`.
    pub async fn verify_for(&self, environment: &str, key: &str) -> Verified {
        let page = self.ask_for(environment, key, &[]).await;
        match page.status.as_u16() {
            200 => Verified::Good(page.header("x-user-group").unwrap().to_owned()),
            status => Verified::Refused(status, page.json()["error"].as_str().unwrap().to_owned()),
        }
    }

    /// Asks about a key, for a call that every group may make, with more headers.
    pub async fn ask(&self, key: &str, more: &[(&str, &[u8])]) -> Page {
        self.ask_for("my-blog/dev", key, more).await
    }

    /// The same for an environment: `{project}/{environment}`.
    pub async fn ask_for(&self, environment: &str, key: &str, more: &[(&str, &[u8])]) -> Page {
        let headers = [&[("X-API-Key", key.as_bytes())], &ORIGINAL[..], more].concat();
        self.call(Method::GET, &format!("/v1/verify/{environment}"), &headers).await
    }

    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &[u8])]) -> Page {
        let mut request = self.client.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request =
                request.header(*name, reqwest::header::HeaderValue::from_bytes(value).unwrap());
        }
        Page::of(request.send().await.unwrap()).await
    }
}
