//! The token of a link that lets its holder in. Only its hash is stored.

use sha2::{Digest, Sha256};

use super::CryptoRng;

/// How many random bytes a token has.
const BYTES: usize = 32;
/// How many characters a token has.
pub(super) const LENGTH: usize = 2 * BYTES;

pub(super) fn new(rng: &mut impl CryptoRng) -> String {
    let mut token = [0; BYTES];
    rng.fill_bytes(&mut token);
    hex::encode(token)
}

/// The hash of a token, which is stored.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
