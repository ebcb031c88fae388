//! The text of a key: how it is generated, recognised and hashed.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Kind;
use crate::domain::CryptoRng;
use crate::domain::key_shape::{ENTROPY, LEN, PREFIX, has_checksum, is_hex, kind_of, mask, prefix};

/// The full text of a key. It exists while the key is created and shown. It is never printed, and
/// wiped when it is dropped.
pub struct SecretKey {
    kind: Kind,
    text: Zeroizing<String>,
}

impl SecretKey {
    pub fn generate(kind: Kind, rng: &mut impl CryptoRng) -> Self {
        let mut entropy = Zeroizing::new([0; ENTROPY]);
        rng.fill_bytes(&mut *entropy);
        let digits = Zeroizing::new(hex::encode(*entropy));
        // Allocated at its full size: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(LEN));
        text.push_str(prefix(kind));
        text.push_str(&digits);
        let checksum = crc32fast::hash(text.as_bytes());
        text.push_str(&format!("{checksum:08x}"));
        Self { kind, text }
    }

    /// What it may be used for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The full text, for the one response that shows it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The digest, which is stored instead of the text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    pub fn mask(&self) -> String {
        mask(&self.text)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The SHA-256 of a key's full text. A fast hash is right here: the text has 224 random bits, so
/// guessing it is hopeless, and every call of the API pays for the hash. (Argon2id is for
/// passwords, which people choose.)
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// The digest of a presented key, if it is well formed.
    pub fn of_presented(text: &[u8]) -> Result<Self, Malformed> {
        if text.len() != LEN
            || kind_of(text).is_none()
            || !text[PREFIX..].iter().all(|&b| is_hex(b))
        {
            let dots = "••••".as_bytes();
            let masked =
                kind_of(text).is_some() && text.windows(dots.len()).any(|window| window == dots);
            return Err(if masked { Malformed::Masked } else { Malformed::Shape });
        }
        if has_checksum(text) { Ok(Self::of(text)) } else { Err(Malformed::Checksum) }
    }

    /// The digest of a text that may be an imported key. Those can have any shape of 1 to 256
    /// visible ASCII characters.
    pub fn of_imported(text: &[u8]) -> Option<Self> {
        ((1..=256).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic))
            .then(|| Self::of(text))
    }

    /// The digest of any text that somebody found.
    pub fn of_found(text: &str) -> Self {
        Self::of(text.trim().as_bytes())
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// Why a text can't be a key. The messages help whoever made the mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum Malformed {
    /// It is a mask that was copied from the list.
    Masked,
    /// It has another length, prefix or character.
    Shape,
    /// The same as [`Malformed::Shape`] where keys of another system were imported, which can have
    /// any shape.
    Foreign,
    /// It has the right shape, but the checksum is wrong.
    Checksum,
}

impl Malformed {
    /// The reason as it must be told once keys of another system were imported.
    #[must_use]
    pub fn once_imported(self) -> Self {
        match self {
            Self::Shape | Self::Foreign => Self::Foreign,
            Self::Masked | Self::Checksum => self,
        }
    }

    /// What is wrong, and what to do.
    pub fn message(self) -> &'static str {
        match self {
            Self::Masked => "This is a masked key. Use the full key shown at creation.",
            Self::Shape => "This is not an API key. A key is pk_ or sk_ and 64 digits of 0-9 a-f.",
            Self::Foreign => {
                "This API key is unknown: it is none that was imported, and not one of Keyrack's \
                 own, which are pk_ or sk_ and 64 digits of 0-9 a-f."
            }
            Self::Checksum => "The checksum does not match: the key is cut or mistyped.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::os_rng;
    use proptest::prelude::*;

    /// A well-formed key.
    const SAMPLE: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

    #[test]
    fn the_sample_key_is_well_formed() {
        assert!(Digest::of_presented(SAMPLE.as_bytes()).is_ok());
    }

    #[test]
    fn new_keys_are_well_formed_and_never_printed() {
        for kind in Kind::ALL {
            let key = SecretKey::generate(kind, &mut os_rng());
            assert_eq!(Digest::of_presented(key.expose().as_bytes()), Ok(key.digest()));
            assert_eq!(format!("{key:?} {:?}", key.digest()), "SecretKey(…) Digest(…)");
        }
    }

    #[test]
    fn masks_and_mistyped_keys_are_told_what_is_wrong() {
        let refuse = |text: &str| Digest::of_presented(text.as_bytes()).unwrap_err();
        assert_eq!(refuse("sk_0123••••••••7848"), Malformed::Masked);
        assert_eq!(refuse(&SAMPLE.replace("sk_0", "sk_1")), Malformed::Checksum);
        assert_eq!(
            refuse(&SAMPLE.replace("sk_", "pk_")),
            Malformed::Checksum,
            "the prefix is in the checksum"
        );
        for shape in [
            "",
            "sk_",
            &SAMPLE[..66],
            &format!("{SAMPLE}0"),
            &SAMPLE.to_uppercase(),
            &SAMPLE.replace("sk_", "xk_"),
        ] {
            assert_eq!(refuse(shape), Malformed::Shape, "{shape}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(at in PREFIX..LEN, digit in "[0-9a-f]") {
            let mut text = SAMPLE.to_owned();
            text.replace_range(at..=at, &digit);
            prop_assert_eq!(Digest::of_presented(text.as_bytes()).is_ok(), text == SAMPLE);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Digest::of_presented(&bytes).is_err());
        }
    }
}
