//! The name of a key, and the token that lets a form create a single key.

use std::fmt;

use crate::domain::CryptoRng;
use crate::domain::key_shape::is_hex;
use crate::domain::text::{self, NAME_MAX, NameError, is_invisible};

/// The name of a key: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName {
    text: String,
    folded: String,
}

impl KeyName {
    /// Parses a name.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        let text = text::name(raw)?;
        Ok(Self { folded: text::fold(&text), text })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name in the form in which names are compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Names to propose when this one is taken: `server-key-2`, `server-key-3`, …
    pub(super) fn alternatives(&self) -> impl Iterator<Item = Self> {
        let (base, next) = match self.text.rsplit_once('-') {
            Some((base, number))
                if !base.is_empty() && number.len() < 4 && !number.starts_with('0') =>
            {
                number.parse::<u32>().map_or((self.text.as_str(), 2), |number| (base, number + 1))
            }
            _ => (self.text.as_str(), 2),
        };
        (next..next + 100).map(move |number| {
            let suffix = format!("-{number}");
            let kept: String = base.chars().take(NAME_MAX - suffix.len()).collect();
            // A sequence that was cut ends with what joins or changes its last sign.
            let text = format!("{}{suffix}", kept.trim_end_matches(is_invisible));
            Self { folded: text::fold(&text), text }
        })
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The one-time token of a form. It is unique in the row of the key that the form creates, so that
/// a double click, a reload or a retry creates no second key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormToken(String);

impl FormToken {
    /// A new token for a new form.
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        let mut token = [0; 16];
        rng.fill_bytes(&mut token);
        Self(hex::encode(token))
    }

    /// Parses the token that a form sent back.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first_alternative(name: &str) -> String {
        KeyName::parse(name).unwrap().alternatives().next().unwrap().to_string()
    }

    #[test]
    fn a_taken_name_gets_the_next_number() {
        assert_eq!(first_alternative("server-key"), "server-key-2");
        assert_eq!(first_alternative("server-key-2"), "server-key-3");
        assert_eq!(first_alternative("build-2026"), "build-2026-2");
        assert_eq!(first_alternative("-7"), "-7-2");
    }

    #[test]
    fn a_key_is_not_a_name() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        for pasted in
            [key.to_owned(), format!("my key {key}"), key.to_uppercase().replace("SK_", "sk_")]
        {
            assert_eq!(KeyName::parse(&pasted), Err(NameError::IsKey), "{pasted}");
        }
        assert!(KeyName::parse("sk_0123").is_ok());
    }

    proptest! {
        #[test]
        fn alternatives_are_good_names(name in "\\PC{1,64}") {
            if let Ok(name) = KeyName::parse(&name) {
                for other in name.alternatives().take(3) {
                    prop_assert_eq!(KeyName::parse(other.as_str()), Ok(other.clone()));
                    prop_assert_ne!(other.folded(), name.folded());
                }
            }
        }
    }
}
