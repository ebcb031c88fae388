//! The token of a link that lets somebody in: whoever has it may, so only its hash is kept.

use sha2::{Digest, Sha256};

use super::CryptoRng;

/// Random bytes in a token.
const BYTES: usize = 32;
/// How long it is as text.
pub(super) const LENGTH: usize = 2 * BYTES;

pub(super) fn new(rng: &mut impl CryptoRng) -> String {
    let mut token = [0; BYTES];
    rng.fill_bytes(&mut token);
    hex::encode(token)
}

/// What is kept of it.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
