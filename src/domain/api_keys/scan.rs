//! Finding keys in any bytes, by shape and checksum alone.

use memchr::memmem;

use super::secret::Digest;
use crate::domain::key_shape::{self, LEN};

/// A key in what was searched. Its text stays where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// How lists show it.
    pub mask: String,
    /// What it is looked up by.
    pub digest: Digest,
}

/// As long as a key, in bytes: what a search in parts must let them overlap by, but for one.
pub const KEY_LEN: usize = LEN;

/// The keys in `bytes`, in their order. What stands around them does not matter: the checksum tells
/// a key from other hex digits, but for one in four billion.
pub fn scan(bytes: &[u8]) -> impl Iterator<Item = Sighting> {
    // Both prefixes end in "k_", which is quick to search for and rare enough in hex, prose and
    // machine code.
    memmem::find_iter(bytes, "k_").filter_map(move |at| {
        let offset = at.checked_sub(1)?;
        let text = bytes.get(offset..offset + LEN)?;
        let digest = Digest::of_presented(text).ok()?;
        Some(Sighting { offset, mask: key_shape::mask(std::str::from_utf8(text).ok()?), digest })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_keys::{Kind, SecretKey};
    use crate::domain::os_rng;
    use proptest::prelude::*;

    const SAMPLE: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

    fn offsets(bytes: &[u8]) -> Vec<usize> {
        scan(bytes).map(|sighting| sighting.offset).collect()
    }

    #[test]
    fn only_whole_keys_with_the_right_checksum_are_keys() {
        assert_eq!(offsets(SAMPLE.as_bytes()), [0]);
        assert_eq!(offsets(format!("KEY={SAMPLE}\n{SAMPLE}").as_bytes()), [4, 72]);
        assert_eq!(
            offsets(format!("ask_{}", &SAMPLE[3..]).as_bytes()),
            [1],
            "what stands before it does not matter"
        );
        assert_eq!(offsets(format!("{SAMPLE}0").as_bytes()), [0], "nor what follows");
        for other in [
            &SAMPLE[..66],
            &SAMPLE.replace("sk_0", "sk_1"),
            &SAMPLE.replace("sk_", "k_"),
            &SAMPLE.to_uppercase(),
            "sk_0123••••••••7848",
        ] {
            assert_eq!(offsets(other.as_bytes()), [0; 0], "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_found_wherever_it_stands(before in proptest::collection::vec(any::<u8>(), 0..100), after in proptest::collection::vec(any::<u8>(), 0..100)) {
            let key = SecretKey::generate(Kind::Publishable, &mut os_rng());
            let bytes = [&before, key.expose().as_bytes(), &after].concat();
            let found: Vec<_> = scan(&bytes).collect();
            prop_assert_eq!(found, [Sighting { offset: before.len(), mask: key.mask(), digest: key.digest() }]);
        }
    }
}
