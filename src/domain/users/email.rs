//! E-mail addresses.

use crate::domain::key_shape::mask_in;
use crate::domain::text::{fold, is_control, is_invisible};

/// The longest address (RFC 5321, 4.5.3.1.3, less its angle brackets).
const MAX: usize = 254;

/// An address that mail could be sent to. Whether it exists is not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    folded: String,
}

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("Enter an e-mail address.")]
    Empty,
    /// It is not like `somebody@somewhere`.
    #[error("Enter an e-mail address like ada@example.com.")]
    Shape,
}

impl Email {
    /// Parses an address, without the blanks around it.
    pub fn parse(raw: &str) -> Result<Self, EmailError> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        // The shape that browsers check, roughly (HTML, 4.10.5.1.5). Stricter checks refuse
        // addresses of real people.
        let Some((local, domain)) = text.rsplit_once('@') else { return Err(EmailError::Shape) };
        let odd = |c: char| {
            is_control(c)
                || is_invisible(c)
                || matches!(c, '@' | '<' | '>' | ',' | ';' | '"' | '(' | ')')
        };
        if local.is_empty()
            || domain.is_empty()
            || text.len() > MAX
            || local.contains(odd)
            || domain.contains(odd)
        {
            return Err(EmailError::Shape);
        }
        // A key in the wrong field must be neither kept nor shown again.
        if domain.split('.').any(str::is_empty) || mask_in(text).is_some() {
            return Err(EmailError::Shape);
        }
        Ok(Self { text: text.to_owned(), folded: fold(text) })
    }

    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as it is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_compared_without_case() {
        let email = Email::parse(" Ada@Example.com ").unwrap();
        assert_eq!((email.as_str(), email.folded()), ("Ada@Example.com", "ada@example.com"));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example..com",
            "a@b@c",
            "a\r\nb@c.d",
            "<a@b.c>",
            "ada@example.com\u{202e}.x",
            "ad\u{200b}a@b.c",
        ] {
            assert_eq!(Email::parse(bad), Err(EmailError::Shape), "{bad}");
        }
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        assert_eq!(Email::parse(&format!("{key}@example.com")), Err(EmailError::Shape));
        assert_eq!(Email::parse(" "), Err(EmailError::Empty));
        assert_eq!(
            Email::parse(&format!("{}@example.com", "a".repeat(250))),
            Err(EmailError::Shape)
        );
    }
}
