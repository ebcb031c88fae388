//! The name of an environment.

use std::fmt;

const NAME_MAX: usize = 32;

/// Words that have another meaning where an environment's name stands in
/// `/projects/{project}/{environment}/…`, or will have one.
const RESERVED: &[&str] = &[
    "access",
    "activity",
    "api-keys",
    "delete",
    "edit",
    "environment",
    "environments",
    "invitations",
    "leaks",
    "leave",
    "limits",
    "members",
    "new",
    "overview",
    "project",
    "scan",
    "search",
    "settings",
    "team",
    "transfer",
    "usage",
    "webhooks",
];

/// The name of an environment, which also stands in addresses: `^[a-z][a-z0-9-]{0,31}$`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a text can't be the name of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("Enter a name.")]
    Empty,
    /// It has other characters, or more than 32.
    #[error(
        "Use at most 32 lower-case letters, digits and hyphens, beginning with a letter, like staging-2."
    )]
    Shape,
    /// The word has another meaning in that place.
    #[error("This word is reserved. Choose another one.")]
    Reserved,
    /// A key of the project that was imported.
    #[error("That's a key, not a name.")]
    IsKey,
}

impl Name {
    /// Parses a name.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        let name = raw.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.len() > NAME_MAX
            || !name.starts_with(|c: char| c.is_ascii_lowercase())
            || !name.bytes().all(fits)
        {
            return Err(NameError::Shape);
        }
        if RESERVED.contains(&name) {
            return Err(NameError::Reserved);
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_words() {
        for good in ["dev", "a", "staging-2", "eu-west-1-", &"a".repeat(32)] {
            assert_eq!(
                Name::parse(&format!(" {good} ")).map(|name| name.to_string()).as_deref(),
                Ok(good)
            );
        }
        for bad in [
            "Dev",
            "1dev",
            "-dev",
            "d ev",
            "dév",
            "a/b",
            "a.b",
            "..",
            "a_b",
            "a\0",
            &"a".repeat(33),
        ] {
            assert_eq!(Name::parse(bad), Err(NameError::Shape), "{bad:?}");
        }
        assert_eq!(Name::parse("  "), Err(NameError::Empty));
    }

    /// `/projects/{project}/settings` must not be an environment. Every word that the table of
    /// routes has in that place is reserved, and so is what stands where an environment's id would.
    #[test]
    fn no_environment_hides_a_page() {
        let table = include_str!("../../web/routes.rs");
        let mut seen = 0;
        for rest in table.split("\"/projects/{project}/").skip(1) {
            let word = rest.split(['"', '/']).next().unwrap();
            assert!(word.starts_with('{') || Name::parse(word).is_err(), "{word} must be reserved");
            seen += 1;
        }
        assert!(seen > 3);
        assert_eq!(Name::parse("new"), Err(NameError::Reserved));
    }
}
