//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::config::{Config, TrustedProxy};

/// A client behind a trusted proxy that names it in a way nobody can read. It is not the proxy:
/// that one may be where a key is allowed, and nobody would limit its guesses.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The address of the client: the peer, or behind trusted proxies the right-most address of
/// `X-Forwarded-For` that is not one of them. What stands further left can be made up by anybody.
pub(crate) fn address(request: &HttpRequest, trusted: &[TrustedProxy]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(forwarded(peer, request.headers(), trusted))
}

/// Whether the peer is a trusted proxy, which is believed what it tells of the client.
pub(crate) fn is_from_proxy(request: &HttpRequest, trusted: &[TrustedProxy]) -> bool {
    request.peer_addr().is_some_and(|peer| trusted.iter().any(|proxy| proxy.contains(peer.ip())))
}

/// Where the client reaches us, for links and examples: the public URL, or the request's own host.
pub(crate) fn origin(request: &HttpRequest, config: &Config) -> String {
    if let Some(url) = &config.public_url {
        return url.origin().to_owned();
    }
    let scheme = if by_proxy(request, "X-Forwarded-Proto", config) == Some("https") {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{}", host(request, config).unwrap_or(config.listen.as_str()))
}

/// The host that the client asks for: what a trusted proxy says that it is, or the request's own.
pub(crate) fn host<'a>(request: &'a HttpRequest, config: &Config) -> Option<&'a str> {
    by_proxy(request, "X-Forwarded-Host", config).or_else(|| text(request, "Host"))
}

/// What a trusted proxy tells of the client. From anybody else that may be made up.
fn by_proxy<'a>(request: &'a HttpRequest, name: &str, config: &Config) -> Option<&'a str> {
    if is_from_proxy(request, &config.trusted_proxies) { text(request, name) } else { None }
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The browser and the system, as people call them. Only words of ours and one of the header's:
/// what else stands there is for statistics, and nobody's business.
pub(crate) fn browser(headers: &HeaderMap) -> String {
    let agent =
        headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    // In this order: all of them say that they are the ones below, too.
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, system) => {
            // `curl/8.5.0` and the like (RFC 9110, 10.1.5).
            let product = agent.split(['/', ' ']).next().unwrap_or_default();
            let plain = !product.is_empty()
                && product.len() <= 32
                && product.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            match (plain && product != "Mozilla", system) {
                (true, _) => product.to_owned(),
                (false, Some(system)) => format!("Unknown browser on {system}"),
                (false, None) => "Unknown browser".to_owned(),
            }
        }
    }
}

fn forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[TrustedProxy]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|proxy| proxy.contains(address));
    let mut client = peer;
    if !is_trusted(peer) {
        return client;
    }
    let values: Vec<&[u8]> =
        headers.get_all("X-Forwarded-For").map(HeaderValue::as_bytes).collect();
    let hops = values
        .iter()
        .rev()
        .flat_map(|value| value.rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    // Empty elements of a list say nothing (RFC 9110, 5.6.1).
    for hop in hops.filter(|hop| !hop.is_empty()) {
        client = hop_address(hop).unwrap_or(UNKNOWN);
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// An address, perhaps with a port, as some load balancers write it.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    Some(address.ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;

    fn client(peer: &str, forwarded_for: &[&str]) -> String {
        let lines: Vec<&[u8]> = forwarded_for.iter().map(|value| value.as_bytes()).collect();
        client_of(peer, &lines)
    }

    fn client_of(peer: &str, forwarded_for: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        forwarded(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let called = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_str(agent).unwrap());
            browser(&headers)
        };
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                &format!(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/26.0 Safari/605.1.15"
                ),
                "Safari on macOS",
            ),
            (
                &format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) {webkit} CriOS/156.0 Mobile/15E148 Safari/604.1"
                ),
                "Chrome on iOS",
            ),
            ("curl/8.5.0", "curl"),
            ("<script>alert(1)</script>", "Unknown browser"),
            ("Mozilla/5.0 (Windows)", "Unknown browser on Windows"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(called(agent), name, "{agent}");
        }
        assert_eq!(browser(&HeaderMap::new()), "Unknown browser");
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
        assert_eq!(client("10.0.0.1", &["198.51.100.7, , ", ""]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["", " , "]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_sends_does_not_hide_what_the_proxy_added() {
        assert_eq!(client_of("10.0.0.1", &[b"\xff, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(client_of("10.0.0.1", &[b"\xff", b"198.51.100.7, 10.0.0.2"]), "198.51.100.7");
    }

    #[test]
    fn a_port_is_not_a_part_of_the_address() {
        for (hop, address) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[::ffff:198.51.100.7]:1", "198.51.100.7"),
        ] {
            assert_eq!(client("10.0.0.1", &[hop]), address);
        }
    }

    #[test]
    fn whom_nobody_can_name_is_not_the_proxy() {
        for hop in [
            &b"unknown"[..],
            b"_hidden",
            b"198.51.100.7:x",
            b"198.51.100",
            b"[198.51.100.7",
            b"\xff",
            b"1.1.1.1, nonsense, 10.0.0.2",
        ] {
            assert_eq!(client_of("10.0.0.1", &[hop]), "0.0.0.0", "{hop:?}");
        }
    }
}
