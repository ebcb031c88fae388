//! Two projects with two environments each, a key of each kind in all of them, and a small API.

use futures_util::future::join_all;
use reqwest::Method;

use crate::support::gateway::{self, Gateway, Kind};
use crate::support::{ApiClient, Echo, Page, Seen, Server, SignedIn};

pub(super) const ENVIRONMENTS: [&str; 4] = ["my-blog/dev", "my-blog/prod", "shop/dev", "shop/prod"];
/// What every group may do.
pub(super) const READ: &str = "/v1/data/posts/1";

pub(super) struct World {
    pub(super) server: Server,
    pub(super) ada: SignedIn,
    pub(super) api: Echo,
    pub(super) keys: Vec<Key>,
}

pub(super) struct Key {
    /// One of [`ENVIRONMENTS`].
    pub(super) environment: &'static str,
    pub(super) text: String,
}

impl World {
    pub(super) async fn new() -> Self {
        let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
        let ada = server.ada().await;
        let bob = server.user("Bob", "bob@example.com");
        server.project("Shop", &bob);
        let bob = server.sign_in("bob@example.com").await;
        let mut keys = Vec::new();
        for environment in ENVIRONMENTS {
            let owner = if environment.starts_with("shop") { &bob } else { &ada };
            let list = format!("/projects/{environment}/api-keys");
            for kind in ["secret", "publishable"] {
                let (text, _) = owner.create_key(&list, kind, kind).await;
                keys.push(Key { environment, text });
            }
        }
        Self { server, ada, api: Echo::start(), keys }
    }

    pub(super) fn keyrack(&self) -> &str {
        self.server.origin.strip_prefix("http://").unwrap()
    }

    /// Its secret key.
    pub(super) fn secret(&self, environment: &str) -> &str {
        let of = |key: &&Key| key.environment == environment && key.text.starts_with("sk_");
        &self.keys.iter().find(of).unwrap().text
    }

    /// A gateway of each kind that is installed, with these texts in its files.
    pub(super) async fn gateways(&self, edits: &[(&str, &str)]) -> Vec<Gateway> {
        self.gateways_of(&gateway::ALL, edits).await
    }

    pub(super) async fn gateways_of(&self, kinds: &[Kind], edits: &[(&str, &str)]) -> Vec<Gateway> {
        let api = self.api.address.to_string();
        let start = |kind: &Kind| Gateway::start_edited(*kind, self.keyrack(), &api, edits);
        join_all(kinds.iter().map(start)).await.into_iter().flatten().collect()
    }

    /// An id, as addresses may have it in the place of a name.
    pub(super) fn id(&self, table: &str, of: &str) -> String {
        self.server.database.query(&format!("SELECT id AS value FROM {table} WHERE {of}")).remove(0)
    }
}

/// A call through a gateway.
pub(super) async fn call(
    gateway: &Gateway,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Page {
    let headers: Vec<(&str, &[u8])> =
        headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    ApiClient::new(&gateway.origin).call(method, path, &headers).await
}

/// What the API saw of a call, if the call reached it.
pub(super) fn seen(page: &Page) -> Option<Seen> {
    page.header("x-seen").map(|seen| serde_json::from_str(seen).unwrap())
}
