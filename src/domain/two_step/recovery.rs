//! Recovery codes, for a user who does not have the phone at hand.

use std::fmt;

use zeroize::Zeroizing;

use super::code::plain;
use crate::domain::CryptoRng;
use crate::domain::users::{Password, PasswordHash};

pub const CODES: usize = 10;
/// Ten letters of five bits each. With 50 bits they are hashed like passwords (OWASP ASVS 5.0,
/// 6.5.2), and the limits on guessing do the rest.
const LENGTH: usize = 10;
/// Crockford's base 32, in which no two letters look alike.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A recovery code. It is wiped when it is dropped, and `Debug` does not show it.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// As many new codes as a user gets.
    pub fn generate(rng: &mut impl CryptoRng) -> Vec<Self> {
        let mut one = || {
            let mut bytes = Zeroizing::new([0; LENGTH]);
            rng.fill_bytes(&mut *bytes);
            Self(Zeroizing::new(
                bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect(),
            ))
        };
        (0..CODES).map(|_| one()).collect()
    }

    /// Parses what was typed: in upper or lower case, with or without the dash, and with letters
    /// that look like digits.
    pub fn parse(text: &str) -> Option<Self> {
        let letter = |c: char| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let code: String = plain(text).map(letter).collect();
        let known = |byte: u8| LETTERS.contains(&byte);
        (code.len() == LENGTH && code.bytes().all(known)).then(|| Self(Zeroizing::new(code)))
    }

    /// The code as it is shown: `7k2m9-qfxp4`.
    pub fn shown(&self) -> Zeroizing<String> {
        let (first, second) = self.0.split_at(LENGTH / 2);
        Zeroizing::new(format!("{first}-{second}"))
    }

    /// Hashes the code. This is as slow as for a password, so it must not run in async code.
    pub fn hash(&self, rng: &mut impl CryptoRng) -> PasswordHash {
        Password::unchecked(&self.0).hash(rng)
    }

    /// The hash that the code fits. This is slow as well.
    pub fn fits(&self, hashes: Vec<PasswordHash>) -> Option<PasswordHash> {
        let typed = Password::unchecked(&self.0);
        hashes.into_iter().find(|hash| typed.fits(Some(hash)))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::os_rng;

    #[test]
    fn codes_differ_and_can_be_typed_in_many_ways() {
        let codes = RecoveryCode::generate(&mut os_rng());
        let shown: std::collections::HashSet<String> =
            codes.iter().map(|code| code.shown().to_string()).collect();
        assert_eq!(shown.len(), CODES);
        for text in shown {
            assert_eq!(*RecoveryCode::parse(&text).unwrap().shown(), text);
        }
        let code = RecoveryCode::parse("01ab1-0zxyw").unwrap();
        for typed in ["01AB1-0ZXYW", " 0 1ab10zxyw\n", "OIabl-oZXYW"] {
            assert_eq!(RecoveryCode::parse(typed).unwrap().shown(), code.shown(), "{typed}");
        }
        for bad in ["", "123456", "01ab1-0zxy", "01ab1-0zxyw0", "01ab1-0zxyu", "ä1ab1-0zxy"] {
            assert!(RecoveryCode::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    #[test]
    fn a_code_fits_its_own_hash_only() {
        let codes = RecoveryCode::generate(&mut os_rng());
        let hashes: Vec<_> = codes[..3].iter().map(|code| code.hash(&mut os_rng())).collect();
        assert_eq!(codes[1].fits(hashes.clone()), Some(hashes[1].clone()));
        assert_eq!(codes[5].fits(hashes), None);
    }
}
