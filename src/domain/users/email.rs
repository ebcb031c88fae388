//! E-mail addresses.

use crate::domain::key_shape::mask_in;
use crate::domain::text::{fold, is_control, is_invisible};

/// The longest address (RFC 5321, 4.5.3.1.3, less its angle brackets).
const MAX: usize = 254;

/// An address that mail could be sent to. Whether it exists is not checked.
///
/// A domain with letters beyond ASCII is written in two ways, and browsers send the one that nobody
/// types: `müller.example` as `xn--mller-kva.example` (UTS 46). People see the first, addresses are
/// compared by the second, and mail is sent to it, which every mail server understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    folded: String,
    /// Where `@` stands in the text.
    at: usize,
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
        let ascii = idna::domain_to_ascii(domain).map_err(|_| EmailError::Shape)?;
        // A key in the wrong field must be neither kept nor shown again.
        if ascii.split('.').any(str::is_empty) || mask_in(text).is_some() {
            return Err(EmailError::Shape);
        }
        let folded = format!("{}@{ascii}", fold(local));
        // Who typed plain letters sees what they typed.
        let plain = domain.eq_ignore_ascii_case(&ascii) && !ascii.contains("xn--");
        let shown = if plain { domain.to_owned() } else { idna::domain_to_unicode(&ascii).0 };
        let text = format!("{local}@{shown}");
        if text.len().max(folded.len()) > MAX || shown.contains(odd) {
            return Err(EmailError::Shape);
        }
        Ok(Self { text, folded, at: local.len() })
    }

    /// The address as people see it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as mail is sent to it: the domain is ASCII.
    pub fn to_send(&self) -> String {
        let domain = self.folded.rsplit('@').next().unwrap_or_default();
        format!("{}@{domain}", &self.text[..self.at])
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
    fn an_international_domain_is_one_in_all_spellings() {
        for typed in [
            "Ida@müller.example",
            "Ida@MÜLLER.example",
            "Ida@mu\u{308}ller.example",
            "Ida@xn--mller-kva.example",
            "Ida@XN--MLLER-KVA.Example",
            "Ida@müller。example",
        ] {
            let email = Email::parse(typed).unwrap();
            assert_eq!(
                (email.as_str(), email.folded(), email.to_send().as_str()),
                ("Ida@müller.example", "ida@xn--mller-kva.example", "Ida@xn--mller-kva.example"),
                "{typed}"
            );
            assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
        }
        for bad in ["ida@xn--a.example", "ida@a\u{200d}b.example", "ida@\u{ad}", "ida@。example"] {
            assert_eq!(Email::parse(bad), Err(EmailError::Shape), "{bad}");
        }
        let local = Email::parse("Jos\u{65}\u{301}@example.com").unwrap();
        assert_eq!(local.folded(), "jos\u{e9}@example.com");
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
