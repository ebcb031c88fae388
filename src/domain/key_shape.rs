//! The shape of a key, and its mask.
//!
//! `^(pk|sk)_[0-9a-f]{64}$`: 28 random bytes, and the CRC-32 (ISO-HDLC, as in zlib) of everything
//! before it, prefix included. So most texts that are not keys are refused without asking the
//! database, and a secret scanner can tell a real key from noise.

use crate::db::Kind;

/// Random bytes in a key: 224 bits.
pub(super) const ENTROPY: usize = 28;
pub(super) const PREFIX: usize = 3;
/// The length of a key, in bytes.
pub(super) const LEN: usize = PREFIX + 2 * ENTROPY + 8;
/// A text with this many digits of a key, half of them, is treated as a part of a key that nobody
/// else may see. The last eight digits follow from the others, so 56 digits are as good as the key.
const PART: usize = 32;

/// The mask of the first text in `text` that looks like a key, with or without a correct checksum,
/// or like at least half of one. Such a text must not stand in a name or a URL. The mask of a part
/// shows only its beginning. Digits without a prefix count as a key only if their checksum is
/// correct, because other long hex numbers, such as hashes, are no keys.
pub fn mask_in(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let with_prefix = (0..bytes.len()).find_map(|at| {
        let rest = &bytes[at..];
        kind_of(rest)?;
        let digits =
            rest[PREFIX..].iter().take(LEN - PREFIX).take_while(|byte| is_hex(**byte)).count();
        let seen = String::from_utf8_lossy(&rest[..PREFIX + digits]);
        if digits == LEN - PREFIX {
            Some(mask(&seen))
        } else {
            (digits >= PART).then(|| seen[..PREFIX + 4].to_owned())
        }
    });
    with_prefix.or_else(|| bytes.windows(LEN - PREFIX).find_map(mask_of_digits))
}

fn mask_of_digits(digits: &[u8]) -> Option<String> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(is_hex))?;
    let texts = Kind::ALL.iter().map(|kind| format!("{}{digits}", prefix(*kind)));
    texts.filter(|text| has_checksum(text.as_bytes())).map(|text| mask(&text)).next()
}

/// Whether the last eight digits are the checksum of everything before them.
pub(super) fn has_checksum(text: &[u8]) -> bool {
    let mut stated = [0; 4];
    let Some((body, digits)) = text.split_at_checked(text.len().saturating_sub(2 * stated.len()))
    else {
        return false;
    };
    hex::decode_to_slice(digits, &mut stated).is_ok()
        && u32::from_be_bytes(stated) == crc32fast::hash(body)
}

/// `sk_0123••••••••7848`: the prefix, the first four digits, eight dots, the last four digits.
pub(super) fn mask(text: &str) -> String {
    format!("{}••••••••{}", &text[..PREFIX + 4], &text[LEN - 4..])
}

/// The beginning of all values and masks of a kind.
pub(super) fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Publishable => "pk_",
        Kind::Secret => "sk_",
    }
}

pub(super) fn kind_of(text: &[u8]) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| text.starts_with(prefix(*kind).as_bytes()))
}

pub(super) fn is_hex(b: u8) -> bool {
    b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The well-formed key of the documentation.
    const SAMPLE: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

    #[test]
    fn a_key_is_masked() {
        assert_eq!(mask_in(SAMPLE).as_deref(), Some("sk_0123••••••••7848"));
        assert_eq!(
            mask_in(&format!("x{}0", SAMPLE.to_uppercase())).as_deref(),
            Some("sk_0123••••••••7848")
        );
    }

    #[test]
    fn so_is_one_that_is_cut() {
        for length in [PREFIX + PART, 59, 64, 66] {
            assert_eq!(
                mask_in(&format!("key: {}!", &SAMPLE[..length])).as_deref(),
                Some("sk_0123"),
                "{length}"
            );
        }
        for harmless in
            [&SAMPLE[..PREFIX + PART - 1], "sk_0123••••••••7848", "sk_", "task_3f9ac41d"]
        {
            assert_eq!(mask_in(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn so_is_one_whose_prefix_was_not_copied() {
        let digits = &SAMPLE[PREFIX..];
        for text in [
            digits.to_owned(),
            digits.to_uppercase(),
            format!("k_{digits}"),
            format!("key: {digits}0"),
        ] {
            assert_eq!(mask_in(&text).as_deref(), Some("sk_0123••••••••7848"), "{text}");
        }
        assert_eq!(mask_in(&digits.replace("7848", "7849")), None, "another hash");
    }

    proptest! {
        #[test]
        fn a_key_is_found_in_any_text(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} {SAMPLE} {after}");
            prop_assert!(mask_in(&text).is_some());
        }
    }
}
