//! Decides whether a key may be used from where a call comes from: by browser, origin and address.

use std::net::IpAddr;

use super::{AddressRanges, Denied, Kind, Rules};

/// Where a call comes from, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallPlace<'a> {
    /// The client's address as a trusted proxy passes it on. The address of an untrusted peer is
    /// not it: that is a gateway that nobody has configured.
    pub address: Option<IpAddr>,
    /// The value of the `Origin` header. If there are two, it is one that matches nothing.
    pub origin: Option<&'a [u8]>,
    /// Whether a browser sent the call.
    pub browser: bool,
}

impl Rules {
    /// Whether the key may be used from this place. `ranges` are the key's address ranges.
    ///
    /// # Errors
    /// [`Denied`], with a message for whoever makes the call.
    pub fn admit(
        &self,
        kind: Kind,
        ranges: Option<&AddressRanges>,
        place: &CallPlace<'_>,
    ) -> Result<(), Denied> {
        match kind {
            Kind::Secret if place.browser && self.refuse_secret_keys_from_browsers => {
                return Err(Denied::Browser);
            }
            Kind::Secret => {}
            Kind::Publishable => {
                let allowed = |origin: &[u8]| {
                    std::str::from_utf8(origin).is_ok_and(|origin| self.origins.allow(origin))
                };
                if !self.origins.is_empty() && !place.origin.is_none_or(allowed) {
                    return Err(Denied::Origin);
                }
            }
        }
        match (ranges, place.address) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Denied::UnknownAddress),
            (Some(ranges), Some(address)) if ranges.contain(address) => Ok(()),
            (Some(_), Some(_)) => Err(Denied::Address),
        }
    }
}

/// Whether a page may propose this address as that of a gateway to trust. A public address is never
/// proposed: whoever has it could then say where calls come from and what they do.
pub fn may_be_our_gateway(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_rules::AllowedOrigins;

    #[test]
    fn a_key_that_is_narrowed_to_addresses_needs_one() {
        let ranges: AddressRanges = "10.0.0.0/8".parse().unwrap();
        let rules = Rules::default();
        let from = |address: Option<&str>| CallPlace {
            address: address.map(|address| address.parse().unwrap()),
            ..CallPlace::default()
        };
        for (address, narrowed) in [
            (Some("10.1.2.3"), Ok(())),
            (Some("11.0.0.1"), Err(Denied::Address)),
            (None, Err(Denied::UnknownAddress)),
        ] {
            for kind in Kind::ALL {
                assert_eq!(rules.admit(kind, Some(&ranges), &from(address)), narrowed);
                assert_eq!(rules.admit(kind, None, &from(address)), Ok(()));
            }
        }
    }

    #[test]
    fn a_public_address_is_never_proposed_as_one_to_trust() {
        let may_be = |peer: &str| may_be_our_gateway(peer.parse().unwrap());
        for ours in ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"] {
            assert!(may_be(ours), "{ours}");
        }
        for not_ours in [
            "203.0.113.7",
            "172.32.0.1",
            "100.64.0.1",
            "169.254.0.1",
            "0.0.0.0",
            "::ffff:203.0.113.7",
            "2001:db8::1",
            "fe80::1",
            "::",
        ] {
            assert!(!may_be(not_ours), "{not_ours}");
        }
        assert!(may_be("::ffff:10.1.2.3"));
    }

    #[test]
    fn origins_are_for_publishable_keys_and_browsers_not_for_secret_ones() {
        let rules = Rules {
            origins: AllowedOrigins::parse("https://app.example.com").unwrap(),
            ..Rules::default()
        };
        let open = Rules { refuse_secret_keys_from_browsers: false, ..Rules::default() };
        let from = |origin| CallPlace { origin, browser: true, ..CallPlace::default() };
        for (origin, publishable) in [
            (None, Ok(())),
            (Some(&b"https://app.example.com"[..]), Ok(())),
            (Some(b"https://evil.example"), Err(Denied::Origin)),
            (Some(b"\xff"), Err(Denied::Origin)),
            (Some(b""), Err(Denied::Origin)),
        ] {
            assert_eq!(rules.admit(Kind::Publishable, None, &from(origin)), publishable);
            assert_eq!(open.admit(Kind::Publishable, None, &from(origin)), Ok(()));
            assert_eq!(rules.admit(Kind::Secret, None, &from(origin)), Err(Denied::Browser));
            assert_eq!(open.admit(Kind::Secret, None, &from(origin)), Ok(()));
        }
        assert_eq!(rules.admit(Kind::Secret, None, &CallPlace::default()), Ok(()));
    }
}
