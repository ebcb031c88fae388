//! The networks by which attempts from an address are counted and queued.

use std::net::IpAddr;

use ipnet::IpNet;

/// The lengths of the IPv6 prefixes by which attempts are counted: a subnet, what providers give to
/// a home, and what they give to a site (RFC 6177, 2). Whoever has one of the wider networks has
/// hundreds or thousands of the narrower ones.
const IPV6: &[u8] = &[64, 56, 48];
const IPV4: &[u8] = &[32];

/// The networks of an address, the narrowest first: three for IPv6, and only the address for IPv4.
pub fn networks(address: IpAddr) -> impl Iterator<Item = IpNet> {
    let address = address.to_canonical();
    let prefixes = if address.is_ipv4() { IPV4 } else { IPV6 };
    prefixes.iter().filter_map(move |prefix| Some(IpNet::new(address, *prefix).ok()?.trunc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_counted_by_three_networks_and_ipv4_by_its_address() {
        let of = |address: &str| {
            networks(address.parse().unwrap()).map(|net| net.to_string()).collect::<Vec<_>>()
        };
        let home = ["2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48"];
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), home);
        assert_eq!(of("2001:db8:1:2:ffff:ffff:ffff:ffff"), home);
        assert_eq!(of("2001:db8:1:203::")[1..], ["2001:db8:1:200::/56", "2001:db8:1::/48"]);
        assert_eq!(of("192.0.2.7"), ["192.0.2.7/32"]);
        assert_eq!(of("::ffff:192.0.2.7"), ["192.0.2.7/32"]);
    }
}
