//! A try, as it is counted.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest, Sha256};

use crate::db::{self, DbConnection, settings};
use crate::domain::CryptoRng;
use crate::domain::text::fold;
use crate::domain::users::{Email, Id};

/// The name of the setting with the key of the digests.
const SECRET: &str = "sign_in_secret";

/// Who tries to sign in, and from where.
#[derive(Clone)]
pub struct Attempt {
    account: String,
    network: IpAddr,
    /// Whether the password was right already.
    pub(super) second: bool,
}

impl Attempt {
    /// With what was typed, an e-mail address or not.
    pub fn new(email: &str, address: IpAddr) -> Self {
        let account = Email::parse(email)
            .map_or_else(|_| fold(email.trim()), |email| email.folded().to_owned());
        Self { account, network: network(address), second: false }
    }

    /// With the code that is asked for after the right password. Counted apart: the right password
    /// does not take back what was tried with codes.
    pub fn second(user: &Id, address: IpAddr) -> Self {
        Self { account: user.to_string(), network: network(address), second: true }
    }

    pub(super) fn digests(&self, secret: &[u8]) -> Digests {
        let account = if self.second {
            digest(secret, "second", &self.account)
        } else {
            account(secret, &self.account)
        };
        Digests { account, address: digest(secret, "address", &self.network.to_string()) }
    }
}

/// It holds an e-mail address and an IP address, which are nobody's business in a log.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(…)")
    }
}

/// What addresses are counted by: an IPv6 customer has 2^64 of them at the least (RFC 6177), so
/// there the network counts.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// What the database keeps of an [`Attempt`].
pub(super) struct Digests {
    pub(super) account: [u8; 32],
    pub(super) address: [u8; 32],
}

pub(super) fn account(secret: &[u8], folded: &str) -> [u8; 32] {
    digest(secret, "account", folded)
}

/// Keyed: there are so few addresses that plain hashes of them could be guessed. (The key has a
/// fixed length and digests are only compared with each other, so this needs no HMAC.)
fn digest(secret: &[u8], what: &str, value: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(secret)
        .chain_update(what)
        .chain_update([0])
        .chain_update(value)
        .finalize()
        .into()
}

/// The key, if anybody has failed yet.
pub(super) fn secret(connection: &mut DbConnection) -> db::Result<Option<Vec<u8>>> {
    settings::get(connection, SECRET)
}

/// The key, shared by all processes on one database.
pub(super) fn secret_or_new(
    connection: &mut DbConnection,
    rng: &mut impl CryptoRng,
) -> db::Result<Vec<u8>> {
    let mut fresh = [0; 32];
    rng.fill_bytes(&mut fresh);
    settings::get_or_insert(connection, SECRET, &fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(email: &str, address: &str) -> ([u8; 32], [u8; 32]) {
        let digests = Attempt::new(email, address.parse().unwrap()).digests(b"key");
        (digests.account, digests.address)
    }

    #[test]
    fn ipv6_is_counted_by_network() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn one_account_is_one_however_it_is_typed() {
        assert_eq!(
            digests("ada@example.com", "192.0.2.7"),
            digests(" ADA@example.com", "192.0.2.7")
        );
        assert_eq!(
            digests("nobody", "192.0.2.7"),
            digests(" NoBody ", "192.0.2.7"),
            "nor need it be an address"
        );
        assert_ne!(
            digests("ada@example.com", "192.0.2.7").0,
            digests("bob@example.com", "192.0.2.7").0
        );
        assert_ne!(
            digests("ada@example.com", "192.0.2.7").1,
            digests("ada@example.com", "192.0.2.8").1
        );
    }

    #[test]
    fn the_key_changes_every_digest() {
        let attempt = Attempt::new("ada@example.com", "192.0.2.7".parse().unwrap());
        assert_ne!(attempt.digests(b"one").address, attempt.digests(b"two").address);
    }

    #[test]
    fn nothing_of_it_is_shown() {
        assert_eq!(
            format!("{:?}", Attempt::new("ada@example.com", "192.0.2.7".parse().unwrap())),
            "Attempt(…)"
        );
    }
}
