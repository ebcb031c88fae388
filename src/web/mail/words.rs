//! Words of users in mail. To somebody who does not know them they could say anything: each is marked
//! as theirs.

/// A name that a user chose, in quotes. It can't end them, and a link in it is none.
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
