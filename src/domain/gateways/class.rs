//! The classes of gateways. Each class has limits of its own, so that no gateway can push out one
//! of another class.

use std::net::{IpAddr, Ipv6Addr};

/// How much a gateway is trusted, and whether the environment that it asks for exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Trusted,
    /// Trusted, but it asks for an environment that does not exist: more likely a former name than
    /// an attack.
    TrustedAstray,
    /// Not trusted, but it sent an original request with a good key, which a stranger does not
    /// have.
    WithKey,
    /// Anybody who asks for an environment that exists.
    Stranger,
    /// Anybody who asks for anything else.
    StrangerAstray,
}

pub(super) const CLASSES: usize = 5;

/// How many peers of a class are kept for one address.
pub(super) const PEERS: usize = 64;
/// How many addresses that do not exist are kept for one stranger.
pub(super) const ASTRAY: usize = 8;
/// How many rows for addresses that do not exist are kept: for trusted peers, and for all others.
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

    pub(super) fn is_misdirected(self) -> bool {
        match self {
            Self::TrustedAstray | Self::StrangerAstray => true,
            Self::Trusted | Self::WithKey | Self::Stranger => false,
        }
    }
}

/// The peers that count as the same stranger: an IPv4 address, or the IPv6 network in which a
/// single customer has all addresses (RFC 6177).
pub(super) fn stranger(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(peer) => Ipv6Addr::from_bits(peer.to_bits() >> 64 << 64).into(),
    }
}
