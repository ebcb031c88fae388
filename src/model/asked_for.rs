//! The environment that a gateway asks about: the two path segments of a verification's address.

use std::fmt;

use super::{EnvironmentId, ProjectId};

/// The longest slug or name that can be asked for, in bytes. It is shorter than the digits of a
/// key, so that a key which was put into the address by mistake is not taken for a name.
const LONGEST: usize = 48;
/// A run of at least this many hex digits may be part of a key whose prefix is missing. It is half
/// of a key's digits, and as many as an id has after its own prefix.
const DIGITS: usize = 32;

/// A project, as its slug or its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AskedProject {
    /// `prj_…`: always this very project.
    Id(ProjectId),
    /// A slug, which is never given to another project.
    Slug(String),
}

/// An environment of that project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AskedEnvironment {
    /// `env_…`: always this very environment.
    Id(EnvironmentId),
    /// A name that the environment has now, or had before and no other environment took since.
    Name(String),
    /// `*`: the environments that the project's settings list.
    Listed,
}

/// The environment for which a verification is asked. It stands in the path, where a client cannot
/// forge it and where whoever reads the gateway's configuration sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AskedFor {
    /// The first segment.
    pub project: AskedProject,
    pub environment: AskedEnvironment,
}

impl AskedFor {
    /// The environment in `{project}/{environment}`. `None`: no project or environment can have
    /// such a name. Anything but plain characters is refused and not decoded, because nothing that
    /// a client wrote may stand here.
    pub fn parse(project: &str, environment: &str) -> Option<Self> {
        Some(Self {
            project: AskedProject::parse(project)?,
            environment: AskedEnvironment::parse(environment)?,
        })
    }
}

/// The address that was asked for, for a log or a message. A segment that cannot be a project or an
/// environment may be a key, so it is replaced by `…`; so is one that has the digits of a key.
pub fn readable(text: &str) -> String {
    let readable = |segment: &str| match segment {
        "*" => true,
        id if is_id(id) => true,
        word => is_word(word) && !has_digits_of_a_key(word),
    };
    let segments = text.split('/').take(2);
    segments.map(|s| if readable(s) { s } else { "…" }).collect::<Vec<_>>().join("/")
}

/// Whether a segment of this address, which may be any text, may be part of a key.
pub fn may_hold_a_key(text: &str) -> bool {
    text.split('/').any(|segment| !is_id(segment) && has_digits_of_a_key(segment))
}

fn is_id(text: &str) -> bool {
    ProjectId::parse(text).is_some() || EnvironmentId::parse(text).is_some()
}

fn has_digits_of_a_key(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit()).any(|digits| digits.len() >= DIGITS)
}

impl AskedProject {
    fn parse(text: &str) -> Option<Self> {
        // A slug has no `_`, so it can't be taken for an id.
        match ProjectId::parse(text) {
            Some(id) => Some(Self::Id(id)),
            None => is_word(text).then(|| Self::Slug(text.to_owned())),
        }
    }

    /// Whether this project is meant.
    pub fn is(&self, id: &ProjectId, slug: &str) -> bool {
        match self {
            Self::Id(asked) => asked == id,
            Self::Slug(asked) => asked == slug,
        }
    }
}

impl AskedEnvironment {
    fn parse(text: &str) -> Option<Self> {
        match EnvironmentId::parse(text) {
            Some(id) => Some(Self::Id(id)),
            None if text == "*" => Some(Self::Listed),
            None => is_word(text).then(|| Self::Name(text.to_owned())),
        }
    }
}

/// Whether `text` has only the characters that slugs and names of environments have, and fits.
fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

impl fmt::Display for AskedFor {
    /// `my-blog/dev`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let project = match &self.project {
            AskedProject::Id(id) => id.as_str(),
            AskedProject::Slug(slug) => slug,
        };
        let environment = match &self.environment {
            AskedEnvironment::Id(id) => id.as_str(),
            AskedEnvironment::Name(name) => name,
            AskedEnvironment::Listed => "*",
        };
        write!(f, "{project}/{environment}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVIRONMENT: &str = "env_0192aaaabbbb7ccc8dddeeeeffff0000";
    const PROJECT: &str = "prj_0192aaaabbbb7ccc8dddeeeeffff0000";

    #[test]
    fn slugs_names_ids_and_the_star_can_be_asked_for() {
        for text in [
            "my-blog/dev",
            "my-blog/*",
            &format!("{PROJECT}/{ENVIRONMENT}"),
            &format!("my-blog/{ENVIRONMENT}"),
            &format!("{PROJECT}/prod"),
            "2/a",
        ] {
            let (project, environment) = text.split_once('/').unwrap();
            assert_eq!(AskedFor::parse(project, environment).unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_what_may_be_a_name_is_repeated_and_never_a_key() {
        let digits = "0123456789abcdef".repeat(4);
        let (secret, id) = (format!("sk_{digits}"), format!("{PROJECT}/{ENVIRONMENT}"));
        for (written, repeated) in [
            ("my-blog/dev", "my-blog/dev"),
            ("my-blgo/*", "my-blgo/*"),
            (&id, &id),
            ("", "…"),
            ("my-blog/", "my-blog/…"),
            ("My-Blog/dev", "…/dev"),
            ("my-blog/..", "my-blog/…"),
            ("my%2dblog/d\u{1b}ev", "…/…"),
            (&format!("{secret}/dev"), "…/dev"),
            (&format!("my-blog/{secret}"), "my-blog/…"),
            (&format!("my-blog/{}", &secret[..20]), "my-blog/…"),
            (&format!("{digits}/{digits}"), "…/…"),
            (&format!("my-blog/dev/{secret}"), "my-blog/dev"),
            (&format!("my-blog/{}", &digits[..48]), "my-blog/…"),
            (&format!("{}/dev", &digits[..32]), "…/dev"),
            (&format!("x-{}-x/dev", &digits[..32]), "…/dev"),
            (&format!("{0}/{0}", &digits[..31]), &format!("{0}/{0}", &digits[..31])),
        ] {
            assert_eq!(readable(written), repeated, "{written}");
        }
    }

    #[test]
    fn an_id_holds_no_key_and_digits_without_a_prefix_may() {
        let digits = "0123456789ABCDEF".repeat(2);
        for (text, may) in [
            ("my-blog/dev".to_owned(), false),
            (format!("{PROJECT}/{ENVIRONMENT}"), false),
            (format!("my-blog/{digits}"), true),
            (format!("my-blog/dev/{digits}"), true),
            (format!("my-blog%2f{digits}/dev"), true),
            (format!("my-blog/env_{digits}"), true),
        ] {
            assert_eq!(may_hold_a_key(&text), may, "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        let long = "a".repeat(49);
        for odd in [
            "",
            ".",
            "..",
            "*a",
            "%2e",
            "my%2dblog",
            "My-Blog",
            "my_blog",
            "my blog",
            "a.b",
            "ä",
            "$1",
            "${host}",
            "a;b",
            "a?b",
            "a,b",
            "prj_",
            "prj_xyz",
            "env_1",
            "a\0",
            &long,
            &PROJECT.to_uppercase(),
            &PROJECT[..35],
        ] {
            assert_eq!(AskedFor::parse(odd, "dev"), None, "{odd:?}");
            assert_eq!(AskedFor::parse("my-blog", odd), None, "{odd:?}");
        }
        assert_eq!(AskedFor::parse("*", "dev"), None, "the star stands for environments only");
        assert_eq!(AskedFor::parse(ENVIRONMENT, "dev"), None);
        assert_eq!(AskedFor::parse("my-blog", PROJECT), None);
    }
}
