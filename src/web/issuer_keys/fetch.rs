//! Fetches a JWKS: only from public addresses, without redirects, and only up to a small size.

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::domain::access_tokens::{IssuerUrl, KeySet, KeySetError, UrlError, is_public, jwks_uri};

const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer in bytes. A key set has a few KiB.
const LARGEST: usize = 256 * 1024;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("The host has a private address, and Keyrack fetches keys from public ones only.")]
    Private,
    #[error("The host can't be reached, or its certificate is not trusted.")]
    Unreachable,
    #[error("The host took longer than 5 seconds.")]
    Slow,
    #[error("Other addresses are being tried at this moment. Wait a few seconds, then save again.")]
    Busy,
    #[error(
        "The host answered with a redirect, which is not followed. Enter the address it leads to."
    )]
    Redirect,
    #[error("The host answered {0} instead of 200.")]
    Status(u16),
    #[error("The answer is larger than 256 KiB.")]
    TooLarge,
    #[error(transparent)]
    Keys(#[from] KeySetError),
    #[error("The configuration was read, but not the keys at its jwks_uri. {0}")]
    JwksUri(Box<FetchError>),
}

impl FetchError {
    /// Whether the issuer answered with a list of keys, although none of them can be used.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::Keys(KeySetError::NoneUsable(_) | KeySetError::Key(_)) => true,
            Self::JwksUri(error) => error.is_answer(),
            _ => false,
        }
    }
}

/// Fetches keys. The HTTP client is made when it is first needed.
pub(super) struct Fetcher {
    pub(super) private: bool,
    client: OnceLock<Option<Client>>,
}

impl Fetcher {
    pub(super) fn new(private: bool) -> Self {
        Self { private, client: OnceLock::new() }
    }

    pub(super) async fn fetch(self: &Arc<Self>, url: &IssuerUrl) -> Result<KeySet, FetchError> {
        // Making the client reads the system's certificates from the disk.
        let this = Arc::clone(self);
        let client = tokio::task::spawn_blocking(move || {
            this.client.get_or_init(|| client(this.private)).clone()
        })
        .await;
        let client = client.ok().flatten().ok_or(FetchError::Unreachable)?;
        tokio::time::timeout(PATIENCE, self.keys_at(&client, url))
            .await
            .map_err(|_| FetchError::Slow)?
    }

    /// The keys at `url`, or at the `jwks_uri` if there is a configuration at `url`. Only one such
    /// step is made.
    async fn keys_at(&self, client: &Client, url: &IssuerUrl) -> Result<KeySet, FetchError> {
        let json = self.get(client, url).await?;
        let Some(uri) = jwks_uri(&json) else { return parse(json).await };
        let keys = async {
            let url = IssuerUrl::parse(&uri, self.private)?;
            parse(self.get(client, &url).await?).await
        };
        keys.await.map_err(|error| FetchError::JwksUri(Box::new(error)))
    }

    async fn get(&self, client: &Client, url: &IssuerUrl) -> Result<Vec<u8>, FetchError> {
        url.allowed(self.private)?;
        let request = client.get(url.as_str()).header(ACCEPT, "application/json");
        read(request.send().await.map_err(|e| explain(&e))?).await
    }
}

fn client(private: bool) -> Option<Client> {
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy() // a proxy would resolve the names
        .referer(false)
        .dns_resolver(Arc::new(Resolver { private }))
        .timeout(PATIENCE)
        .http1_only()
        .pool_max_idle_per_host(0) // a connection belongs to the thread that made it
        .user_agent(concat!("keyrack/", env!("CARGO_PKG_VERSION")))
        .build();
    client.inspect_err(|error| tracing::error!(%error, "keys of issuers can't be fetched")).ok()
}

async fn read(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirect);
    }
    if status.as_u16() != 200 {
        return Err(FetchError::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| explain(&e))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Parses the keys on another thread, because an answer may have thousands of them and other
/// requests must not wait.
async fn parse(json: Vec<u8>) -> Result<KeySet, FetchError> {
    let parsed = tokio::task::spawn_blocking(move || KeySet::from_json(&json)).await;
    Ok(parsed.map_err(|_| FetchError::Slow)??)
}

fn explain(error: &reqwest::Error) -> FetchError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<OnlyPrivate>() {
            return FetchError::Private;
        }
        cause = inner.source();
    }
    if error.is_timeout() { FetchError::Slow } else { FetchError::Unreachable }
}

/// Resolves names, and returns only addresses that may be asked. The connection is made to one of
/// them, so a name that resolves to another address a moment later (DNS rebinding) gains nothing.
struct Resolver {
    private: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the name has private addresses only")]
struct OnlyPrivate;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|found| private || is_public(found.ip())).collect();
            if allowed.is_empty() {
                return Err(OnlyPrivate.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_with_private_addresses_has_none_for_us() {
        let resolve = async |private| {
            Resolver { private }.resolve("localhost".parse().unwrap()).await.map(Iterator::count)
        };
        assert!(resolve(false).await.is_err_and(|error| error.is::<OnlyPrivate>()));
        assert!(resolve(true).await.is_ok_and(|addresses| addresses > 0));
    }
}
