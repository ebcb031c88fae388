//! The name, the description and the slug of a project.

use std::fmt;

use crate::domain::key_shape::mask_in;
use crate::domain::text::is_control;
use crate::domain::text::{self, NameError};

/// The name of a project: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        text::name(raw).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The longest description, in characters.
const DESCRIPTION_MAX: usize = 500;

/// A few words about a project; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description(String);

/// Why a text can't be a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// More than 500 characters.
    #[error("Use at most 500 characters.")]
    TooLong,
    /// It has NUL or other control characters.
    #[error("Use letters, digits and punctuation only: this has an invisible control character.")]
    Control,
    /// Somebody pasted a key, or most of one. It must be neither kept nor shown again.
    #[error("There is a key in it. Keep keys out of texts that others read.")]
    HasKey,
}

impl Description {
    /// Parses a description. Line breaks are allowed.
    pub fn parse(raw: &str) -> Result<Self, DescriptionError> {
        if mask_in(raw).is_some() {
            return Err(DescriptionError::HasKey);
        }
        let text = raw.trim().replace("\r\n", "\n");
        if text.chars().count() > DESCRIPTION_MAX {
            return Err(DescriptionError::TooLong);
        }
        if text.chars().any(|c| is_control(c) && c != '\n' && c != '\t') {
            return Err(DescriptionError::Control);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The longest slug, in characters.
const SLUG_MAX: usize = 48;
/// Words that have another meaning in the place of a slug: `/projects/new`.
const RESERVED: &[&str] = &["new"];

/// The name of a project in addresses: `^[a-z0-9]+(-[a-z0-9]+)*$`. It has no `_`, so it can't be
/// taken for an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

/// Why a text can't be a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// It has other characters, or more than 48.
    #[error("Use lower-case letters, digits and single hyphens, like my-blog.")]
    Shape,
    /// The word has another meaning in that place.
    #[error("This word is reserved. Choose another one.")]
    Reserved,
}

impl Slug {
    /// Parses a slug.
    pub fn parse(raw: &str) -> Result<Self, SlugError> {
        let slug = raw.trim();
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if slug.len() > SLUG_MAX || !slug.split('-').all(word) {
            return Err(SlugError::Shape);
        }
        if RESERVED.contains(&slug) {
            return Err(SlugError::Reserved);
        }
        Ok(Self(slug.to_owned()))
    }

    /// The slug that a name proposes: `My Blog` gives `my-blog`. If nothing is left, it is
    /// `project`.
    pub fn from_name(name: &Name) -> Self {
        let ascii = text::ascii(name.as_str()).to_ascii_lowercase();
        let words =
            ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut slug = words.collect::<Vec<_>>().join("-");
        slug.truncate(SLUG_MAX);
        let slug = slug.trim_end_matches('-');
        if slug.is_empty() {
            return Self("project".to_owned());
        }
        let slug = Self(slug.to_owned());
        if RESERVED.contains(&slug.as_str()) { slug.numbered(2) } else { slug }
    }

    /// The slug with a number, for a name that is taken.
    pub(super) fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let room = self.0.len().min(SLUG_MAX - suffix.len());
        Self(format!("{}{suffix}", self.0[..room].trim_end_matches('-')))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from_name(name: &str) -> String {
        Slug::from_name(&Name::parse(name).unwrap()).to_string()
    }

    #[test]
    fn slugs_are_made_from_names() {
        assert_eq!(from_name("My Blog"), "my-blog");
        assert_eq!(from_name("Café  Zürich!"), "cafe-zurich");
        assert_eq!(from_name("日本"), "project");
        assert_eq!(from_name("New"), "new-2");
    }

    #[test]
    fn typed_slugs_are_checked() {
        assert!(Slug::parse("my-blog-2").is_ok());
        for bad in
            ["", "My", "a--b", "-a", "a-", "a b", "ä", "a/b", "a_b", "prj_0", &"a".repeat(49)]
        {
            assert_eq!(Slug::parse(bad), Err(SlugError::Shape), "{bad}");
        }
        assert_eq!(Slug::parse("new"), Err(SlugError::Reserved));
    }

    proptest! {
        #[test]
        fn every_proposed_slug_is_a_good_slug(name in "\\PC{1,64}", number in 2u32..100_000) {
            if let Ok(name) = Name::parse(&name) {
                let slug = Slug::from_name(&name);
                prop_assert!(Slug::parse(slug.as_str()).is_ok(), "{slug}");
                prop_assert!(Slug::parse(slug.numbered(number).as_str()).is_ok());
            }
        }
    }
}
