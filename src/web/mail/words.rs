//! Marks the words of users in mail. The recipient may not know that user, so it must be clear that
//! the words are not Keyrack's.

/// A name that a user chose, in quotation marks. The name can't close them, and a link in it does
/// not work.
pub(crate) fn quoted(name: &str) -> String {
    let inside: String = name
        .chars()
        .map(|c| {
            if matches!(c, '"' | '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ff02}') {
                '\''
            } else {
                c
            }
        })
        .collect();
    format!("\u{201c}{}\u{201d}", inside.replace("://", ": //"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_no_quotes_and_is_no_link() {
        assert_eq!(quoted("My Blog"), "\u{201c}My Blog\u{201d}");
        let evil = "x\u{201d} on Keyrack. Sign in at https://evil.example \u{201c}";
        assert_eq!(
            quoted(evil),
            "\u{201c}x' on Keyrack. Sign in at https: //evil.example '\u{201d}"
        );
    }
}
