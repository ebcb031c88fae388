//! A program that calls the verifier, as gateways do.

use reqwest::{Client, Method};

use super::Page;

#[derive(Clone)]
pub struct ApiClient {
    client: Client,
    origin: String,
}

/// What a gateway learns of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    /// 200, and `X-User-Group`.
    Good(String),
    /// The status and `error`.
    Refused(u16, String),
}

impl ApiClient {
    pub fn new(origin: &str) -> Self {
        Self { client: Client::new(), origin: origin.to_owned() }
    }

    /// Asks about a key for the environment that most tests are about.
    pub async fn verify(&self, key: &str) -> Verified {
        self.verify_for("my-blog/dev", key).await
    }

    /// Asks about a key for an environment: `{project}/{environment}`.
    pub async fn verify_for(&self, environment: &str, key: &str) -> Verified {
        let path = format!("/v1/verify/{environment}");
        let page = self.call(Method::GET, &path, &[("X-API-Key", key.as_bytes())]).await;
        match page.status.as_u16() {
            200 => Verified::Good(page.header("x-user-group").unwrap().to_owned()),
            status => Verified::Refused(status, page.json()["error"].as_str().unwrap().to_owned()),
        }
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
