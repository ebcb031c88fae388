//! A code that somebody typed as the second step.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::RecoveryCode;

/// A code of the app or a recovery code. Their lengths tell them apart.
#[derive(Debug)]
pub enum Code {
    /// Six digits from the app.
    App(Zeroizing<String>),
    Recovery(RecoveryCode),
}

impl Code {
    /// Parses what was typed: apps show `123 456`, people write `123-456`, and some keyboards give
    /// full-width digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = Zeroizing::new(plain(text).collect::<String>());
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::App(digits));
        }
        RecoveryCode::parse(text).map(Self::Recovery)
    }
}

/// The characters that matter, in their plain form (NFKC), without blanks and dashes of any kind.
pub(super) fn plain(text: &str) -> impl Iterator<Item = char> {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '−');
    text.nfkc().filter(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for typed in
            ["123456", "123 456", "123-456", " 123–456\u{a0}", "１２３４５６", "１２３－４５６"]
        {
            assert!(
                matches!(Code::parse(typed), Some(Code::App(code)) if *code == "123456"),
                "{typed}"
            );
        }
        for typed in ["7k2m9-qfxp4", "７Ｋ２Ｍ９－ＱＦＸＰ４", "7K2M9‑QFXP4", "7k2m9 qfxp4"]
        {
            assert!(matches!(Code::parse(typed), Some(Code::Recovery(_))), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "½23456", "٠١٢٣٤٥"] {
            assert!(Code::parse(typed).is_none(), "{typed}");
        }
    }
}
