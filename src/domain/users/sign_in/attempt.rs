//! An attempt to sign in, as it is counted.

use std::fmt;
use std::net::IpAddr;

use chrono::NaiveDateTime;
use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::networks;
use crate::db::sign_in_failures::Network;
use crate::db::{self, DbConnection, settings};
use crate::domain::CryptoRng;
use crate::domain::text::fold;
use crate::domain::users::Email;
use crate::domain::users::known_browsers::{self, BrowserToken};

/// The name of the setting that has the key of the digests.
const SECRET: &str = "sign_in_secret";

/// Who tries to sign in, with what, and from where.
#[derive(Clone)]
pub struct Attempt {
    account: String,
    with: With,
    address: IpAddr,
    browser: Option<BrowserToken>,
}

/// Passwords and recovery codes are counted separately: the right password does not take back wrong
/// recovery codes.
#[derive(Debug, Clone, Copy)]
enum With {
    Password,
    RecoveryCode,
}

impl Attempt {
    /// An attempt with a password, and with what was typed as the e-mail address. `browser` is the
    /// token that the browser got at an earlier sign-in to this account.
    pub fn password(email: &str, address: IpAddr, browser: Option<BrowserToken>) -> Self {
        let account = Email::parse(email)
            .map_or_else(|_| fold(email.trim()), |email| email.folded().to_owned());
        Self { account, with: With::Password, address, browser }
    }

    /// An attempt with one of the recovery codes of an account.
    pub fn recovery_code(email: &str, address: IpAddr, browser: Option<BrowserToken>) -> Self {
        Self { with: With::RecoveryCode, ..Self::password(email, address, browser) }
    }

    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Identifies the account, to count the slots in the queue that its known browsers take.
    pub fn account(&self) -> [u8; 32] {
        Sha256::digest(&self.account).into()
    }

    /// Whether the browser sent a token, valid or not.
    pub fn has_token(&self) -> bool {
        self.browser.is_some()
    }

    /// Whether the attempt comes from a browser that signed in to this account before. Such a
    /// browser has its own count.
    pub fn is_known(&self, connection: &mut DbConnection, now: NaiveDateTime) -> db::Result<bool> {
        match &self.browser {
            Some(browser) => known_browsers::is_known(connection, browser, &self.account, now),
            None => Ok(false),
        }
    }

    pub(super) fn browser(&self) -> Option<&BrowserToken> {
        self.browser.as_ref()
    }

    pub(super) fn digests(&self, secret: &[u8]) -> Digests {
        let account = match self.with {
            With::Password => digest(secret, "account", &self.account),
            With::RecoveryCode => digest(secret, "recovery-code", &self.account),
        };
        let network = |network: IpNet| digest(secret, "network", &network.to_string());
        Digests { account, networks: networks(self.address).map(network).collect() }
    }
}

/// Shows nothing: an attempt has an e-mail address and an IP address in it, which do not belong in
/// a log.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(…)")
    }
}

/// What the database stores about an [`Attempt`].
pub(super) struct Digests {
    pub(super) account: [u8; 32],
    /// The networks of the address, the narrowest first.
    networks: Vec<[u8; 32]>,
}

impl Digests {
    /// The networks by which failures are counted.
    pub(super) fn networks(&self) -> impl Iterator<Item = Network<'_>> {
        self.networks.iter().enumerate().map(|(at, digest)| match at {
            0 => Network::Address(digest),
            1 => Network::Net56(digest),
            _ => Network::Net48(digest),
        })
    }

    /// The digest of the network at this index, if there is one. For IPv4 there is only the
    /// address.
    pub(super) fn network(&self, at: usize) -> Option<&[u8]> {
        self.networks.get(at).map(<[u8; 32]>::as_slice)
    }
}

/// The digests of an account: one for each way of trying.
pub(super) fn accounts(secret: &[u8], email: &Email) -> [[u8; 32]; 2] {
    ["account", "recovery-code"].map(|what| digest(secret, what, email.folded()))
}

/// A digest with a key: there are so few addresses that they could be guessed from plain hashes.
/// (The key has a fixed length, and digests are only compared with each other, so no HMAC is
/// needed.)
fn digest(secret: &[u8], what: &str, value: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(secret)
        .chain_update(what)
        .chain_update([0])
        .chain_update(value)
        .finalize()
        .into()
}

/// The key, if any sign-in has failed yet.
pub(super) fn secret(connection: &mut DbConnection) -> db::Result<Option<Vec<u8>>> {
    settings::get(connection, SECRET)
}

/// The key, which all processes on one database share.
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

    fn digests(email: &str, address: &str) -> Digests {
        Attempt::password(email, address.parse().unwrap(), None).digests(b"key")
    }

    #[test]
    fn one_account_is_one_however_it_is_typed() {
        let account = |email: &str| digests(email, "192.0.2.7").account;
        assert_eq!(account("ada@example.com"), account(" ADA@example.com"));
        assert_eq!(account("nobody"), account(" NoBody "), "nor need it be an address");
        assert_ne!(account("ada@example.com"), account("bob@example.com"));
    }

    #[test]
    fn each_network_of_an_address_is_counted_apart() {
        let networks = |address: &str| digests("ada@example.com", address).networks;
        assert_ne!(networks("192.0.2.7"), networks("192.0.2.8"));
        let (one, other) = (networks("2001:db8:1:2::1"), networks("2001:db8:1:3::1"));
        assert_eq!((one.len(), one[0] == other[0]), (3, false));
        assert_eq!(one[1..], other[1..], "the same /56 and /48");
        assert!(one[0] != one[1] && one[1] != one[2]);
    }

    #[test]
    fn the_key_changes_every_digest() {
        let attempt = Attempt::password("ada@example.com", "192.0.2.7".parse().unwrap(), None);
        let (one, two) = (attempt.digests(b"one"), attempt.digests(b"two"));
        assert!(one.account != two.account && one.networks != two.networks);
    }

    #[test]
    fn nothing_of_it_is_shown() {
        assert_eq!(
            format!(
                "{:?}",
                Attempt::password("ada@example.com", "192.0.2.7".parse().unwrap(), None)
            ),
            "Attempt(…)"
        );
    }
}
