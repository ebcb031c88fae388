//! Texts that people type: which characters a name may have, and when two names are equal.

mod visible;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

pub(in crate::domain) use visible::is_invisible;
pub use visible::{as_seen, looks_like};

use super::key_shape::mask_in;

/// The longest name, in Unicode scalar values.
pub const NAME_MAX: usize = 64;

/// Why a text can't be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has nothing that can be seen.
    #[error("Enter a name.")]
    Empty,
    /// It has more than [`NAME_MAX`] characters.
    #[error("Use at most 64 characters.")]
    TooLong,
    /// It has a control character, a line separator, or an override of the writing direction, which
    /// could change how the text around it reads (CVE-2021-42574).
    #[error("Use letters, digits and punctuation only: this has an invisible control character.")]
    Control,
    /// It has a character that can't be seen, so that nobody could type the name (Trojan Source,
    /// UTS 39).
    #[error("This has a character that can't be seen. Type the name, or paste it without that.")]
    Invisible,
    /// Somebody pasted a key, or most of one. It must be neither kept nor shown again.
    #[error("That's a key, not a name.")]
    IsKey,
}

/// Parses a name: 1 to [`NAME_MAX`] characters without the blanks around it, with single blanks
/// inside, no control characters, nothing that can't be seen, and not a key.
pub fn name(raw: &str) -> Result<String, NameError> {
    let name = raw.trim();
    if mask_in(name).is_some() {
        return Err(NameError::IsKey);
    }
    if name.chars().any(is_control) {
        return Err(NameError::Control);
    }
    if name.chars().all(is_invisible) {
        return Err(NameError::Empty);
    }
    if visible::hides_something(name) {
        return Err(NameError::Invisible);
    }
    let name = visible::one_blank(name);
    if name.chars().count() > NAME_MAX {
        return Err(NameError::TooLong);
    }
    Ok(name)
}

/// Whether a character must not stand in a text that others read.
pub(super) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text as it may stand on a line of a terminal. Characters that would move the cursor, or
/// colour or hide what is around them, are replaced by their codes.
pub fn spelt_out(text: &str) -> String {
    let mut spelt = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) { spelt.extend(c.escape_unicode()) } else { spelt.push(c) }
    }
    spelt
}

/// The form of a name that is compared: lower case in NFC, so that neither case nor the encoding of
/// an accent makes a difference. It is computed here and stored, so that both databases agree.
pub fn fold(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

/// The characters of `text` that are ASCII without their accents: `Café` gives `Cafe`.
pub fn ascii(text: &str) -> String {
    text.nfkd().filter(char::is_ascii).collect()
}

/// A short value that stands for some texts. A form carries it, to tell whether the texts are still
/// the ones that it showed.
pub fn fingerprint(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]); // occurs in none of the texts
    }
    hex::encode(&digest.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_counted_in_characters() {
        assert_eq!(name("  my-app-key \t"), Ok("my-app-key".to_owned()));
        assert_eq!(name(&"🔑".repeat(64)), Ok("🔑".repeat(64)));
        assert_eq!(name(&"x".repeat(65)), Err(NameError::TooLong));
    }

    #[test]
    fn blank_and_invisible_names_are_empty() {
        for blank in ["", "   ", "\u{a0}", "\u{200b}\u{feff}"] {
            assert_eq!(name(blank), Err(NameError::Empty), "{blank:?}");
        }
    }

    #[test]
    fn controls_and_overrides_are_refused_but_other_writing_is_not() {
        for bad in ["a\0b", "a\nb", "a\u{7f}", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b"] {
            assert_eq!(name(bad), Err(NameError::Control), "{bad:?}");
        }
        for good in ["مفتاح", "<script>alert(1)</script>", "it's \"quoted\"", "日本", "👩‍👩‍👧"]
        {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
    }

    #[test]
    fn a_name_holds_nothing_that_nobody_could_type() {
        assert_eq!(name("prod  api"), Ok("prod api".to_owned()));
        assert_eq!(name("prod\u{a0}\u{2003}api"), Ok("prod api".to_owned()));
        for hidden in ["server\u{200b}-key", "server-key\u{feff}", "\u{3164}a", "ser\u{ad}ver"] {
            assert_eq!(name(hidden), Err(NameError::Invisible), "{hidden:?}");
        }
    }

    #[test]
    fn what_is_spelt_out_is_one_line_that_moves_nothing() {
        assert_eq!(
            spelt_out("a\u{1b}[2K\nb\u{202e}c/日本 é"),
            "a\\u{1b}[2K\\u{a}b\\u{202e}c/日本 é"
        );
    }

    #[test]
    fn folding_ignores_case_and_unicode_form() {
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
        assert_eq!(fold("ŻÓŁW"), "żółw");
        assert_ne!(fold("a"), fold("b"));
    }
}
