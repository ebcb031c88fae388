//! What proxies say about the client. Each adds an element to a list, so the right-most elements
//! are from trusted proxies, and anybody can make up those further left.
//!
//! Only one family of headers is read, because a proxy that sets one of them may pass on what its
//! client wrote into the other.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderValue};

use crate::config::ForwardedHeader;

/// The client, as trusted proxies name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    /// The address of the client. `None` if it can't be read, or if the list has only proxies: the
    /// address of a proxy is never used as that of a client.
    pub(super) address: Option<IpAddr>,
    /// Which element of the lists describes the client's request, counted from the right. `None` if
    /// there is no list.
    hop: Option<usize>,
}

impl Client {
    /// Reads the list of addresses. `is_trusted` says which of them are proxies.
    pub(super) fn of(
        headers: &HeaderMap,
        family: ForwardedHeader,
        is_trusted: impl Fn(IpAddr) -> bool,
    ) -> Self {
        let mut hop = None;
        for (at, element) in elements(headers, Fact::Address.header(family)).enumerate() {
            hop = Some(at);
            match Fact::Address.of(element, family).and_then(address) {
                Some(proxy) if is_trusted(proxy) => {}
                address => return Self { address, hop },
            }
        }
        Self { address: None, hop }
    }

    /// Whether the client uses https. Without a list of addresses, it is not known which element is
    /// the client's. In that case, https in any element counts, because a link with http could make
    /// somebody send a key unencrypted.
    pub(super) fn is_https(self, headers: &HeaderMap, family: ForwardedHeader) -> bool {
        let mut schemes = told(headers, family, Fact::Scheme);
        let is_https = |scheme: &str| scheme.eq_ignore_ascii_case("https");
        match self.hop {
            Some(hop) => at_or_leftmost(schemes, hop).is_some_and(is_https),
            None => schemes.any(|scheme| scheme.is_some_and(is_https)),
        }
    }

    /// The host that the client asks for.
    pub(super) fn host(self, headers: &HeaderMap, family: ForwardedHeader) -> Option<&str> {
        at_or_leftmost(told(headers, family, Fact::Host), self.hop.unwrap_or_default())
    }
}

#[derive(Debug, Clone, Copy)]
enum Fact {
    Address,
    Scheme,
    Host,
}

impl Fact {
    /// The header that has this fact.
    fn header(self, family: ForwardedHeader) -> &'static str {
        match (family, self) {
            (ForwardedHeader::Forwarded, _) => "forwarded",
            (ForwardedHeader::XForwarded, Self::Address) => "x-forwarded-for",
            (ForwardedHeader::XForwarded, Self::Scheme) => "x-forwarded-proto",
            (ForwardedHeader::XForwarded, Self::Host) => "x-forwarded-host",
        }
    }

    /// The value of this fact in an element.
    fn of(self, element: &[u8], family: ForwardedHeader) -> Option<&str> {
        match (family, self) {
            (ForwardedHeader::XForwarded, _) => std::str::from_utf8(element).ok(),
            (ForwardedHeader::Forwarded, Self::Address) => parameter(element, "for"),
            (ForwardedHeader::Forwarded, Self::Scheme) => parameter(element, "proto"),
            (ForwardedHeader::Forwarded, Self::Host) => parameter(element, "host"),
        }
    }
}

/// The value of a fact in each element, from the right.
fn told(
    headers: &HeaderMap,
    family: ForwardedHeader,
    fact: Fact,
) -> impl Iterator<Item = Option<&str>> {
    elements(headers, fact.header(family)).map(move |element| fact.of(element, family))
}

/// The element at `hop`, or the left-most one. A proxy that replaces a list and does not add to it
/// leaves a shorter one.
fn at_or_leftmost<'a>(
    elements: impl Iterator<Item = Option<&'a str>>,
    hop: usize,
) -> Option<&'a str> {
    elements.take(hop + 1).last().flatten()
}

/// The elements of all lines of a header, from the right. Empty ones are ignored (RFC 9110, 5.6.1).
fn elements<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let lines: Vec<&[u8]> = headers.get_all(name).map(HeaderValue::as_bytes).collect();
    lines
        .into_iter()
        .rev()
        .flat_map(|line| split_from_the_right(line, b','))
        .filter(|e| !e.is_empty())
}

/// The parts of a line, without white space around them. They are read from the right, so that an
/// unclosed quotation mark of a client does not hide what a proxy added.
fn split_from_the_right(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let mut quoted = false;
        let at = line.iter().rposition(|b| {
            quoted ^= *b == b'"';
            *b == delimiter && !quoted
        });
        let (before, part) = match at {
            Some(at) => (Some(&line[..at]), &line[at + 1..]),
            None => (None, line),
        };
        rest = before;
        Some(part.trim_ascii())
    })
}

/// A parameter of an element of `Forwarded` (RFC 7239, 4), which may occur only once.
fn parameter<'a>(element: &'a [u8], name: &str) -> Option<&'a str> {
    let pairs = split_from_the_right(element, b';').filter_map(|pair| {
        let (key, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    });
    let mut values = pairs;
    let (value, None) = (values.next()?, values.next()) else { return None };
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    // No address or host contains one of these characters.
    (!value.contains(['"', '\\'])).then_some(value)
}

/// Parses an address, which some proxies write with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    Some(address.ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;
    use proptest::prelude::*;

    const X: ForwardedHeader = ForwardedHeader::XForwarded;
    const RFC: ForwardedHeader = ForwardedHeader::Forwarded;

    fn headers(lines: &[(&str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        headers
    }

    /// The client, where addresses in 10.0.0.0/8 are proxies.
    fn client(family: ForwardedHeader, lines: &[(&str, &[u8])]) -> Client {
        let proxies: ipnet::IpNet = "10.0.0.0/8".parse().unwrap();
        Client::of(&headers(lines), family, |address| proxies.contains(&address))
    }

    fn x_forwarded_for(lines: &[&[u8]]) -> Option<String> {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        client(X, &lines).address.map(|address| address.to_string())
    }

    fn forwarded(lines: &[&[u8]]) -> Option<String> {
        let lines: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
        client(RFC, &lines).address.map(|address| address.to_string())
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy_is_the_client() {
        for (lines, found) in [
            (&[&b"198.51.100.7"[..]][..], "198.51.100.7"),
            (&[b"1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (&[b"1.1.1.1", b"198.51.100.7"], "198.51.100.7"),
            (&[b"198.51.100.7, , ", b""], "198.51.100.7"),
            (&[b"198.51.100.7:4711"], "198.51.100.7"),
            (&[b"[2001:db8::1]:4711"], "2001:db8::1"),
            (&[b"[2001:db8::1]"], "2001:db8::1"),
            (&[b"[::ffff:198.51.100.7]:1"], "198.51.100.7"),
            (&[b"\xff, 198.51.100.7"], "198.51.100.7"),
            (&[b"\xff", b"198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (&[b"\"1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        ] {
            assert_eq!(x_forwarded_for(lines).as_deref(), Some(found), "{lines:?}");
        }
        for (lines, found) in [
            (&[&b"for=198.51.100.7"[..]][..], "198.51.100.7"),
            (&[b"For=198.51.100.7;proto=https;by=10.0.0.1"], "198.51.100.7"),
            (&[b"proto=http; FOR=\"198.51.100.7:4711\""], "198.51.100.7"),
            (&[b"for=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (&[b"for=1.1.1.1, for=198.51.100.7;host=\"a,b;c\", for=10.0.0.2"], "198.51.100.7"),
            (&[b"for=1.1.1.1", b"for=198.51.100.7"], "198.51.100.7"),
            (&[b"for=\"1.1.1.1, for=198.51.100.7"], "198.51.100.7"),
            (&[b"for=1.1.1.1;host=\"x, for=198.51.100.7;proto=https"], "198.51.100.7"),
        ] {
            assert_eq!(forwarded(lines).as_deref(), Some(found), "{lines:?}");
        }
    }

    #[test]
    fn whom_nobody_can_name_is_unknown_and_not_the_proxy() {
        for lines in [
            &[][..],
            &[&b""[..]],
            &[b"", b" , "],
            &[b"10.0.0.2"],
            &[b"10.0.0.3, 10.0.0.2"],
            &[b"unknown"],
            &[b"_hidden"],
            &[b"198.51.100.7:x"],
            &[b"198.51.100"],
            &[b"[198.51.100.7"],
            &[b"\xff"],
            &[b"1.1.1.1, nonsense, 10.0.0.2"],
        ] {
            assert_eq!(x_forwarded_for(lines), None, "{lines:?}");
        }
        for lines in [
            &[][..],
            &[&b"for=unknown"[..]],
            &[b"for=\"_gazonk\""],
            &[b"for=10.0.0.2"],
            &[b"for=1.1.1.1, proto=https"],
            &[b"for=1.1.1.1, for=2.2.2.2;for=3.3.3.3"],
            &[b"for=1.1.1.1, for=\"2.2.2.2"],
            &[b"for=1.1.1.1, for=\"2.2\\.2.2\""],
            &[b"198.51.100.7"],
        ] {
            assert_eq!(forwarded(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn one_family_is_read_and_not_the_other() {
        let both: [(&str, &[u8]); 4] = [
            ("x-forwarded-for", b"1.1.1.1"),
            ("x-forwarded-proto", b"https"),
            ("x-forwarded-host", b"x.example"),
            ("forwarded", b"for=2.2.2.2;proto=http;host=f.example"),
        ];
        for (family, address, https, host) in
            [(X, "1.1.1.1", true, "x.example"), (RFC, "2.2.2.2", false, "f.example")]
        {
            let (client, headers) = (client(family, &both), headers(&both));
            assert_eq!(client.address, Some(address.parse().unwrap()));
            assert_eq!(client.is_https(&headers, family), https);
            assert_eq!(client.host(&headers, family), Some(host));
        }
    }

    #[test]
    fn scheme_and_host_are_those_of_the_hop_that_the_client_made() {
        for (list, schemes, hosts, https, host) in [
            // One proxy, two that add an element, two of which the second replaces the list, and a
            // client that lies.
            ("1.1.1.1", "https", "a.example", true, Some("a.example")),
            ("1.1.1.1, 10.0.0.2", "https, http", "a.example, inner", true, Some("a.example")),
            ("1.1.1.1, 10.0.0.2", "http, https", "a.example, inner", false, Some("a.example")),
            ("1.1.1.1, 10.0.0.2", "https", "a.example", true, Some("a.example")),
            (
                "9.9.9.9, 1.1.1.1",
                "https, http",
                "evil.example, a.example",
                false,
                Some("a.example"),
            ),
            ("1.1.1.1", "HTTPS", "", true, None),
            ("1.1.1.1", "", "a.example", false, Some("a.example")),
            // The list has only proxies: the left-most is the nearest to the client.
            ("10.0.0.3, 10.0.0.2", "https, http", "a.example, inner", true, Some("a.example")),
            // There is no list of addresses: a link with http could make somebody send a key
            // unencrypted.
            ("", "https, http", "a.example, inner", true, Some("inner")),
            ("", "http, http", "a.example", false, Some("a.example")),
        ] {
            let lines = [
                ("x-forwarded-for", list.as_bytes()),
                ("x-forwarded-proto", schemes.as_bytes()),
                ("x-forwarded-host", hosts.as_bytes()),
            ];
            let (client, headers) = (client(X, &lines), headers(&lines));
            assert_eq!(client.is_https(&headers, X), https, "{list} {schemes}");
            assert_eq!(client.host(&headers, X), host, "{list} {hosts}");
        }
        let lines = [(
            "forwarded",
            &b"for=1.1.1.1;proto=https;host=\"a.example:8443\", for=10.0.0.2;proto=http"[..],
        )];
        let (client, headers) = (client(RFC, &lines), headers(&lines));
        assert!(client.is_https(&headers, RFC));
        assert_eq!(client.host(&headers, RFC), Some("a.example:8443"));
    }

    proptest! {
        /// Whatever a client sends, only the element that the proxy adds counts.
        #[test]
        fn what_a_client_sends_never_hides_what_the_proxy_added(
            sent in prop::collection::vec(prop::sample::select(b"\",;=\\ for10.a\xff".to_vec()), 0..30),
        ) {
            let joined = |added: &[u8]| [&sent[..], b", ", added].concat();
            let added = joined(b"198.51.100.7");
            prop_assert_eq!(x_forwarded_for(&[&added]), Some("198.51.100.7".to_owned()));
            let added = joined(b"for=\"198.51.100.7:1\";proto=https");
            prop_assert_eq!(forwarded(&[&added]), Some("198.51.100.7".to_owned()));
        }
    }
}
