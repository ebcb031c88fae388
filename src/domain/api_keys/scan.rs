//! Finds keys in any bytes, by shape and checksum alone.

use memchr::memmem;

use super::secret::Digest;
use crate::domain::key_shape::{self, LEN};

/// A key that was found. Its text is not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The position of its first byte.
    pub offset: usize,
    pub mask: String,
    /// The digest by which the key can be looked up.
    pub digest: Digest,
}

/// The key in the documentation, which belongs to nobody.
pub const SAMPLE: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

/// For each encoding, its bytes per character and the text in which both prefixes end. That text is
/// quick to search for, and rare enough in hex, prose and machine code. The encodings are UTF-8,
/// UTF-16 (which PowerShell writes) and UTF-32, in both byte orders.
const ENCODINGS: [(usize, &[u8]); 3] = [(1, b"k_"), (2, b"k\0_"), (4, b"k\0\0\0_")];

/// The most bytes that a key can have. Parts of a file that are searched one by one must overlap by
/// one byte less.
pub const KEY_LEN: usize = 4 * (LEN - 1) + 1;

/// The keys in `bytes`, in their order. The text around them does not matter: the checksum tells a
/// key from other hex digits, except for one in four billion.
pub fn scan(bytes: &[u8]) -> Vec<Sighting> {
    let mut found = Vec::new();
    for (width, mark) in ENCODINGS {
        found.extend(memmem::find_iter(bytes, mark).filter_map(|at| sighting(bytes, width, at)));
    }
    found.sort_by_key(|sighting: &Sighting| sighting.offset);
    found
}

/// The key whose "k_" is at `at`.
fn sighting(bytes: &[u8], width: usize, at: usize) -> Option<Sighting> {
    let offset = at.checked_sub(width)?;
    let encoded = bytes.get(offset..=offset + width * (LEN - 1))?;
    if encoded.iter().enumerate().any(|(at, byte)| at % width != 0 && *byte != 0) {
        return None;
    }
    let text: Vec<u8> = encoded.iter().step_by(width).copied().collect();
    if text == SAMPLE.as_bytes() {
        return None;
    }
    let digest = Digest::of_presented(&text).ok()?;
    Some(Sighting { offset, mask: key_shape::mask(std::str::from_utf8(&text).ok()?), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_keys::{Kind, SecretKey};
    use crate::domain::os_rng;
    use proptest::prelude::*;

    const KEY: &str = "sk_fedcba9876543210fedcba9876543210fedcba9876543210fedcba98837b382e";

    fn offsets(bytes: &[u8]) -> Vec<usize> {
        scan(bytes).iter().map(|sighting| sighting.offset).collect()
    }

    #[test]
    fn the_key_of_the_documentation_is_no_finding() {
        assert_eq!(offsets(format!("{SAMPLE} {KEY}").as_bytes()), [SAMPLE.len() + 1]);
    }

    #[test]
    fn only_whole_keys_with_the_right_checksum_are_keys() {
        assert_eq!(offsets(KEY.as_bytes()), [0]);
        assert_eq!(offsets(format!("KEY={KEY}\n{KEY}").as_bytes()), [4, 72]);
        assert_eq!(
            offsets(format!("ask_{}", &KEY[3..]).as_bytes()),
            [1],
            "what stands before it does not matter"
        );
        assert_eq!(offsets(format!("{KEY}0").as_bytes()), [0], "nor what follows");
        for other in [
            &KEY[..66],
            &KEY.replace("sk_f", "sk_1"),
            &KEY.replace("sk_", "k_"),
            &KEY.to_uppercase(),
            "sk_0123••••••••7848",
        ] {
            assert_eq!(offsets(other.as_bytes()), [0; 0], "{other}");
        }
    }

    /// UTF-8, and UTF-16 and UTF-32 in both orders of bytes.
    fn encodings(key: &str) -> Vec<Vec<u8>> {
        let wide = key.encode_utf16();
        let wider = key.chars().map(u32::from);
        vec![
            key.as_bytes().to_vec(),
            wide.clone().flat_map(u16::to_le_bytes).collect(),
            wide.flat_map(u16::to_be_bytes).collect(),
            wider.clone().flat_map(u32::to_le_bytes).collect(),
            wider.flat_map(u32::to_be_bytes).collect(),
        ]
    }

    proptest! {
        #[test]
        fn a_key_is_found_wherever_it_stands(before in proptest::collection::vec(any::<u8>(), 0..100), after in proptest::collection::vec(any::<u8>(), 0..100)) {
            let key = SecretKey::generate(Kind::Publishable, &mut os_rng());
            for encoded in encodings(key.expose()) {
                let bytes = [&before, encoded.as_slice(), &after].concat();
                let found = scan(&bytes);
                prop_assert_eq!(found.len(), 1);
                prop_assert!(found[0].offset.abs_diff(before.len()) < 4);
                prop_assert_eq!((&found[0].mask, &found[0].digest), (&key.mask(), &key.digest()));
            }
        }
    }
}
