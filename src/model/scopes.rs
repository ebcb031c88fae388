//! Scopes narrow a key to some operations on some resources: `posts:read`, `posts:*`, `*:read`.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use super::Operation;
use super::stored::stored_as_text;

/// The most scopes that a key may have.
const MOST: usize = 32;
/// The longest name of a resource in a scope.
const RESOURCE_MAX: usize = 64;

/// What a narrowed key may do: at least one scope, but never `*:*`, which would not narrow it.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Scopes {
    text: String,
    all: Vec<Scope>,
}

/// A single scope. `None` stands for `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scope {
    resource: Option<String>,
    operation: Option<Operation>,
}

/// Why a text is no list of scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not `resource:operation`.
    #[error(
        "'{0}' is not a scope. A scope is resource:operation, like posts:read, posts:* or *:read."
    )]
    Shape(String),
    /// The text after the colon.
    #[error(
        "'{0}' names no operation. The operations are read, list, create, update, delete, or * for all."
    )]
    Operation(String),
    /// More than `MOST`.
    #[error("A key has at most {MOST} scopes.")]
    TooMany,
}

impl Scopes {
    /// Parses scopes that are separated by blanks, commas or line breaks. `None`: the key is not
    /// narrowed.
    pub fn parse(raw: &str) -> Result<Option<Self>, ScopeError> {
        let mut all = Vec::new();
        for text in
            raw.split(|c: char| c.is_whitespace() || c == ',').filter(|text| !text.is_empty())
        {
            let scope = Scope::parse(text)?;
            if !all.contains(&scope) {
                all.push(scope);
            }
            if all.len() > MOST {
                return Err(ScopeError::TooMany);
            }
        }
        let unlimited = all.is_empty() || all.iter().any(Scope::is_everything);
        let text = all.iter().map(Scope::to_string).collect::<Vec<_>>().join(" ");
        Ok((!unlimited).then_some(Self { text, all }))
    }

    /// As they are stored: separated by one blank.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether these scopes allow the operation on this resource.
    pub fn allow(&self, resource: &str, operation: Operation) -> bool {
        self.all.iter().any(|scope| {
            scope.resource.as_deref().is_none_or(|allowed| allowed == resource)
                && scope.operation.is_none_or(|allowed| allowed == operation)
        })
    }

    /// Whether these scopes allow the operation on every resource, whatever its name.
    pub fn allow_everywhere(&self, operation: Operation) -> bool {
        self.all.iter().any(|scope| {
            scope.resource.is_none() && scope.operation.is_none_or(|allowed| allowed == operation)
        })
    }
}

impl Scope {
    fn parse(text: &str) -> Result<Self, ScopeError> {
        let shape = || ScopeError::Shape(shown(text));
        let (resource, operation) = text.split_once(':').ok_or_else(shape)?;
        let resource = match resource {
            "*" => None,
            resource if is_resource(resource) => Some(resource.to_owned()),
            _ => return Err(shape()),
        };
        let operation = match operation {
            "*" => None,
            operation if operation.contains(':') => return Err(shape()),
            operation => Some(
                Operation::parse(operation).ok_or_else(|| ScopeError::Operation(shown(text)))?,
            ),
        };
        Ok(Self { resource, operation })
    }

    fn is_everything(&self) -> bool {
        self.resource.is_none() && self.operation.is_none()
    }
}

/// Whether the text consists of characters that stand in a path as they are (RFC 3986, unreserved).
fn is_resource(text: &str) -> bool {
    (1..=RESOURCE_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// The text that was typed, shortened to fit into a message.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation.map_or("*", Operation::as_str);
        write!(f, "{}:{operation}", self.resource.as_deref().unwrap_or("*"))
    }
}

stored_as_text!(Scopes);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<String> {
        Scopes::parse(text).unwrap().map(|scopes| scopes.to_string())
    }

    #[test]
    fn lists_are_written_in_many_ways_and_kept_in_one() {
        assert_eq!(
            parsed(" posts:read,posts:list\n\tposts:read  *:delete").as_deref(),
            Some("posts:read posts:list *:delete")
        );
        for unlimited in ["", "  \n", "*:*", "posts:read *:*"] {
            assert_eq!(parsed(unlimited), None, "{unlimited:?}");
        }
    }

    #[test]
    fn what_is_not_a_scope_is_refused() {
        let long = format!("{}:read", "x".repeat(65));
        for bad in [
            "posts",
            "posts:",
            ":read",
            ":",
            "posts:read:all",
            "posts/1:read",
            "po sts:read",
            "пост:read",
            "posts:*:*",
            &long,
            "**:read",
        ] {
            assert!(Scopes::parse(bad).is_err(), "{bad}");
        }
        for bad in ["posts:Read", "posts:write", "posts:**", "posts:reads"] {
            assert_eq!(Scopes::parse(bad), Err(ScopeError::Operation(bad.to_owned())));
        }
        let many: Vec<String> = (0..33).map(|n| format!("r{n}:read")).collect();
        assert!(Scopes::parse(&many[..32].join(" ")).is_ok());
        assert_eq!(Scopes::parse(&many.join(" ")), Err(ScopeError::TooMany));
    }

    #[test]
    fn stars_stand_for_all_and_for_nothing_else() {
        let allow = |scopes: &str, resource: &str, operation| {
            Scopes::parse(scopes).unwrap().unwrap().allow(resource, operation)
        };
        assert!(allow("posts:read", "posts", Operation::Read));
        assert!(!allow("posts:read", "posts", Operation::List));
        assert!(!allow("posts:read", "post", Operation::Read));
        assert!(!allow("posts:read", "Posts", Operation::Read));
        assert!(allow("a:list posts:*", "posts", Operation::Delete));
        assert!(!allow("posts:*", "*", Operation::Delete));
        assert!(allow("*:read", "anything", Operation::Read));
        assert!(allow("*:read", "", Operation::Read));
        assert!(!allow("*:read", "anything", Operation::Update));
    }

    #[test]
    fn what_is_allowed_everywhere_is_what_a_star_says() {
        let scopes = Scopes::parse("posts:* *:read").unwrap().unwrap();
        let everywhere: Vec<_> =
            Operation::ALL.iter().filter(|what| scopes.allow_everywhere(**what)).collect();
        assert_eq!(everywhere, [&Operation::Read]);
    }

    #[test]
    fn stored_text_that_is_no_limit_is_damaged_and_not_unlimited() {
        assert!("posts:read *:list".parse::<Scopes>().is_ok());
        for damaged in ["", " ", "*:*", "posts:read *:*", "posts", "posts:fly", "\0"] {
            assert!(damaged.parse::<Scopes>().is_err(), "{damaged:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_kept_is_parsed_to_the_same(text in "\\PC{0,80}|([a-z*]{0,3}:[a-z*]{0,6}[ ,\n]){0,40}") {
            if let Ok(Some(scopes)) = Scopes::parse(&text) {
                prop_assert_eq!(scopes.to_string().parse(), Ok(scopes.clone()));
                for operation in Operation::ALL {
                    prop_assert_eq!(scopes.allow("no such", operation), scopes.allow_everywhere(operation));
                }
            }
        }
    }
}
