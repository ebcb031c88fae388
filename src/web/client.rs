//! Where a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::config::{Config, TrustedProxy};

/// The address of the client: the peer, or behind trusted proxies the right-most address of
/// `X-Forwarded-For` that is not one of them. What stands further left can be made up by anybody.
pub(crate) fn address(request: &HttpRequest, trusted: &[TrustedProxy]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(forwarded(peer, request.headers(), trusted))
}

/// Where the client reaches us, for links and examples: the public URL, or the request's own host.
pub(crate) fn origin(request: &HttpRequest, config: &Config) -> String {
    if let Some(url) = &config.public_url {
        return url.origin().to_owned();
    }
    let trusted = request.peer_addr().is_some_and(|peer| config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip())));
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let forwarded = |name: &str| header(name).filter(|_| trusted);
    let scheme = if forwarded("X-Forwarded-Proto") == Some("https") { "https" } else { "http" };
    let host = forwarded("X-Forwarded-Host").or_else(|| header("Host")).unwrap_or(config.listen.as_str());
    format!("{scheme}://{host}")
}

fn forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[TrustedProxy]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|proxy| proxy.contains(address));
    let mut client = peer;
    if !is_trusted(peer) {
        return client;
    }
    let values: Vec<&str> = headers.get_all("X-Forwarded-For").filter_map(|value| value.to_str().ok()).collect();
    for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        client = hop.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn client(peer: &str, forwarded_for: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap());
        }
        forwarded(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_rightmost_untrusted_hop_counts() {
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, nonsense"]), "10.0.0.1");
    }
}
