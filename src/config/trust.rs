//! Which peers are trusted, and with what.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// How far a peer is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    Nobody,
    Gateway,
    /// Trusted about the original request and about the client's address.
    Proxy,
}

/// The headers in which proxies tell of the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Trusted peers: an address or a range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedPeers(IpNet);

impl TrustedPeers {
    /// Whether this peer is among them.
    pub fn contains(&self, peer: IpAddr) -> bool {
        self.0.contains(&peer.to_canonical())
    }

    /// Whether the range is larger than a /16 in IPv4, or than a /48 in IPv6, which is what one
    /// site gets (RFC 6177).
    pub(super) fn is_wide(&self) -> bool {
        match self.0 {
            IpNet::V4(net) => net.prefix_len() < 16,
            IpNet::V6(net) => net.prefix_len() < 48,
        }
    }
}

impl fmt::Display for TrustedPeers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TrustedPeers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let net = net.map_err(|_| {
            format!("'{text}' is not an address like 10.0.0.7 or a range like 10.0.0.0/8")
        })?;
        // An IPv4 address that is mapped into IPv6 would never match, because peers are compared by
        // their IPv4 address.
        if net.addr() != net.addr().to_canonical() {
            return Err(format!("'{text}': write IPv4 addresses like 10.0.0.7 or 10.0.0.0/8"));
        }
        if net != net.trunc() {
            return Err(format!(
                "'{text}' does not begin at the range's first address; is it {}, or the one address {}?",
                net.trunc(),
                net.addr()
            ));
        }
        if net.prefix_len() == 0 {
            return Err(format!(
                "'{text}' would trust everyone who can reach Keyrack; name the addresses of your gateways"
            ));
        }
        Ok(Self(net))
    }
}

/// Trusted peers with commas between them. A comma too many is ignored, but an empty list is an
/// error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerList(Vec<TrustedPeers>);

impl PeerList {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, TrustedPeers> {
        self.0.iter()
    }
}

impl FromStr for PeerList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').filter(|peers| !peers.trim().is_empty());
        let peers = named.map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if peers.is_empty() {
            return Err("name an address like 10.0.0.7 or a range like 10.0.0.0/8".to_owned());
        }
        Ok(Self(peers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusted_peers_are_addresses_or_ranges_and_never_everybody() {
        let peers: TrustedPeers = "10.0.0.0/8".parse().unwrap();
        assert!(peers.contains("10.1.2.3".parse().unwrap()));
        assert!(peers.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!peers.contains("11.1.2.3".parse().unwrap()));
        assert!("::1".parse::<TrustedPeers>().is_ok());
        for bad in [
            "proxy.example.com",
            "::ffff:10.1.2.3",
            "::ffff:10.0.0.0/104",
            "10.0.0.1/8",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert!(bad.parse::<TrustedPeers>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_of_peers_may_have_blanks_and_a_comma_too_many_but_not_be_empty() {
        let count = |text: &str| text.parse::<PeerList>().map(|list| list.iter().len());
        assert_eq!(count("10.0.0.7"), Ok(1));
        assert_eq!(count("10.0.0.7, 10.1.0.0/16,\n"), Ok(2));
        for bad in ["", " ", ",", "10.0.0.7,nonsense", "10.0.0.7 10.0.0.8"] {
            assert!(bad.parse::<PeerList>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_range_is_wide_when_it_is_larger_than_a_site() {
        for (range, wide) in [
            ("10.0.0.0/8", true),
            ("10.0.0.0/15", true),
            ("10.0.0.0/16", false),
            ("10.0.0.7", false),
            ("fd00::/8", true),
            ("2001:db8::/47", true),
            ("2001:db8::/48", false),
            ("::1", false),
        ] {
            assert_eq!(range.parse::<TrustedPeers>().unwrap().is_wide(), wide, "{range}");
        }
    }
}
