//! Folds all spellings that some server takes for the same path into one.
//!
//! APIs compare paths in different ways. Some ignore case, some trim blanks and dots at the ends of
//! a segment as Windows does, some normalise Unicode (UAX #15) or drop invisible characters.
//! Whatever any of them could take for `/v1/data` is folded to `/v1/data` here. A base path is
//! ASCII, so only what folds to ASCII matters.

use std::borrow::Cow;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

/// The folded form of a percent-decoded segment: compatibility characters replaced by plain ones,
/// in lower case, without accents and invisible characters.
pub(super) fn fold(segment: &str) -> Cow<'_, str> {
    if segment.is_ascii() {
        return if segment.bytes().any(|b| b.is_ascii_uppercase()) {
            segment.to_ascii_lowercase().into()
        } else {
            segment.into()
        };
    }
    // To upper case and then to lower case. This also folds characters that only one of the two
    // steps changes: the Kelvin sign, the long s, the sharp s and the dotless i.
    segment
        .nfkd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_invisible(*c))
        .collect::<String>()
        .into()
}

/// Whether a character is an accent, a format character (Cf), or one that fonts do not show.
fn is_invisible(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, GeneralCategory::Format | GeneralCategory::NonspacingMark)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A segment without the blanks and dots at its ends. (`+` is a blank for servers that decode a
/// path like a form.)
pub(super) fn trimmed(segment: &str) -> &str {
    segment.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_spelt_alike() {
        for (spelling, plain) in [
            ("/V1/Data", "/v1/data"),
            ("/v1/\u{ff44}ata", "/v1/data"),          // full width
            ("/v1/\u{1d41d}ata", "/v1/data"),         // mathematical bold
            ("/v1/\u{24d3}ata", "/v1/data"),          // circled
            ("/v\u{b9}/data", "/v1/data"),            // superscript
            ("/v1/da\u{200b}ta\u{feff}", "/v1/data"), // zero width
            ("/v1/da\u{ad}ta", "/v1/data"),           // soft hyphen
            ("/v1/data\u{fe0f}", "/v1/data"),         // variation selector
            ("/v1/data\u{e0061}", "/v1/data"),        // tag
            ("/v1/\u{202e}data", "/v1/data"),         // direction override
            ("/v1/d\u{101}ta", "/v1/data"),           // accent
            ("/tas\u{212a}s", "/tasks"),              // Kelvin
            ("/ta\u{17f}ks", "/tasks"),               // long s
            ("/cla\u{df}", "/class"),                 // sharp s
            ("/f\u{131}les", "/files"),               // dotless i
            ("/\u{fb01}les", "/files"),               // ligature
            ("/v1\u{ff0f}data", "/v1/data"),          // full-width slash
        ] {
            assert_eq!(fold(spelling), plain, "{spelling:?}");
        }
        assert_eq!(fold("/日本"), "/日本");
    }

    #[test]
    fn only_the_ends_of_a_segment_are_trimmed() {
        assert_eq!(trimmed(" .data.\u{a0}+"), "data");
        assert_eq!(trimmed("da.t a"), "da.t a");
        assert_eq!(trimmed("..."), "");
    }
}
