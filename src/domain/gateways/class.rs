//! Which gateways share a bound: none of a class can push out one of another.

use std::net::{IpAddr, Ipv6Addr};

/// How much is believed of a gateway, and whether it asks for something that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Trusted,
    /// The same, asking for what is not there: rather a name that was given up than an attack.
    TrustedAstray,
    /// Not trusted, but it sent an original request with a good key: a stranger has none.
    WithKey,
    /// Anyone, asking for an environment that is there.
    Stranger,
    /// Anyone, asking for anything.
    StrangerAstray,
}

pub(super) const CLASSES: usize = 5;

/// Peers of a class that are kept of one address.
pub(super) const PEERS: usize = 64;
/// Addresses of what is not there that are kept of one stranger.
pub(super) const ASTRAY: usize = 8;
/// Rows that are kept of what is not there, of those who are trusted and those who are not.
pub(super) const ALL_ASTRAY: usize = 1_000;

impl Class {
    pub(super) fn of(trusted: bool, found: bool, with_key: bool) -> Self {
        match (trusted, found) {
            (true, true) => Self::Trusted,
            (true, false) => Self::TrustedAstray,
            (false, _) if with_key => Self::WithKey,
            (false, true) => Self::Stranger,
            (false, false) => Self::StrangerAstray,
        }
    }

    pub(super) fn is_astray(self) -> bool {
        match self {
            Self::TrustedAstray | Self::StrangerAstray => true,
            Self::Trusted | Self::WithKey | Self::Stranger => false,
        }
    }
}

/// Who counts as one stranger: an address of IPv4, and of IPv6 a network of which one customer has
/// all addresses (RFC 6177).
pub(super) fn stranger(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(peer) => Ipv6Addr::from_bits(peer.to_bits() >> 64 << 64).into(),
    }
}
