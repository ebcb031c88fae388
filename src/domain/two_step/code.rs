//! What somebody typed as the second step.

use zeroize::Zeroizing;

use super::RecoveryCode;

/// One of both kinds, which their lengths tell apart.
#[derive(Debug)]
pub enum Code {
    /// Six digits of the app.
    App(Zeroizing<String>),
    /// One of the ten.
    Recovery(RecoveryCode),
}

impl Code {
    /// What was typed, with or without blanks: apps show `123 456`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect::<String>());
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::App(digits));
        }
        RecoveryCode::parse(text).map(Self::Recovery)
    }
}
