//! The URL from which an issuer's keys are fetched, and the addresses that are never asked (OWASP
//! ASVS 5.0, 1.3.6). Whoever may edit an environment must not be able to reach what only this
//! server can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::domain::key_shape::mask_in;

/// An https URL. On this machine http is allowed as well, for development.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssuerUrl(String);

/// Why keys are not fetched from a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("Enter a URL like https://login.example.com/.well-known/jwks.json.")]
    Shape,
    /// With http, anybody on the way could replace the keys.
    #[error("Use https: over http anybody on the way could exchange the keys.")]
    NotHttps,
    /// It has a user: `https://user:password@…`.
    #[error("Leave out the user name and password.")]
    User,
    /// It has more than 500 characters.
    #[error("Use at most 500 characters.")]
    TooLong,
    /// The address can only be reached from this server.
    #[error("This is a private address, and Keyrack fetches keys from public ones only.")]
    Private,
}

impl IssuerUrl {
    /// Parses a URL. `private` says whether private addresses are allowed.
    pub fn parse(raw: &str, private: bool) -> Result<Self, UrlError> {
        let raw = raw.trim();
        if raw.len() > 500 {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(raw).ok().filter(|_| mask_in(raw).is_none()).ok_or(UrlError::Shape)?;
        Self::check(&url, private)?;
        Ok(Self(url.into()))
    }

    /// Whether keys may be fetched from here. This is asked again before each fetch, because the
    /// option may have changed.
    pub fn allowed(&self, private: bool) -> Result<(), UrlError> {
        Self::check(&Url::parse(&self.0).map_err(|_| UrlError::Shape)?, private)
    }

    fn check(url: &Url, private: bool) -> Result<(), UrlError> {
        if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() {
            return Err(UrlError::Shape);
        }
        let address = match url.host().ok_or(UrlError::Shape)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::User);
        }
        let here = address.map_or(url.host_str() == Some("localhost"), |address| {
            address.to_canonical().is_loopback()
        });
        if url.scheme() == "http" && !(private && here) {
            return Err(UrlError::NotHttps);
        }
        if private {
            return Ok(());
        }
        // The addresses of a name are checked with `is_public` when it is resolved.
        if here || address.is_some_and(|address| !is_public(address)) {
            return Err(UrlError::Private);
        }
        Ok(())
    }

    /// The host, for logs. The rest of the URL may be secret.
    pub fn host(&self) -> Option<String> {
        Some(Url::parse(&self.0).ok()?.host()?.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an address belongs to the public Internet (IANA, IPv4 and IPv6 Special-Purpose Address
/// Registries).
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared by a provider's customers
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99); // 6to4 relays
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, ..] = address.segments();
    match (a, b) {
        // NAT64: the call would reach the IPv4 address in its last bytes.
        (0x64, 0xff9b) if c == 0 && d == 0 => {
            let [.., w, x, y, z] = address.octets();
            is_public_v4(Ipv4Addr::new(w, x, y, z))
        }
        // Protocol assignments including Teredo and ORCHID, documentation, 6to4.
        (0x2001, 0..0x200 | 0xdb8) | (0x2002, _) | (0x3fff, 0..0x1000) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_asked() {
        for public in [
            "8.8.8.8",
            "203.0.112.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "fec0::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn a_url_is_https_and_not_of_this_machine() {
        let parse = |text: &str| IssuerUrl::parse(text, false).map(|url| url.0);
        assert_eq!(
            parse(" https://Login.example.com/keys ").as_deref(),
            Ok("https://login.example.com/keys")
        );
        assert_eq!(parse("https://8.8.8.8:8443/keys").as_deref(), Ok("https://8.8.8.8:8443/keys"));
        for bad in [
            "",
            "login.example.com",
            "file:///etc/passwd",
            "ftp://example.com",
            "https://",
            "data:,x",
            "https://a.example/#x",
            "gopher://x",
        ] {
            assert_eq!(parse(bad), Err(UrlError::Shape), "{bad}");
        }
        assert_eq!(parse("http://login.example.com/keys"), Err(UrlError::NotHttps));
        assert_eq!(parse("https://me:hush@login.example.com/"), Err(UrlError::User));
        for private in [
            "https://localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[fd00::1]/",
            "https://192.168.1.1/",
        ] {
            assert_eq!(parse(private), Err(UrlError::Private), "{private}");
        }
        for allowed in
            ["http://localhost:9/keys", "http://127.0.0.1/", "http://[::1]:1/", "https://10.0.0.1/"]
        {
            assert!(IssuerUrl::parse(allowed, true).is_ok(), "{allowed}");
        }
        assert_eq!(IssuerUrl::parse("http://10.0.0.1/", true), Err(UrlError::NotHttps));
    }
}
