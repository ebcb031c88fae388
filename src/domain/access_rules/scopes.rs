//! Scopes narrow a key to some operations on some resources: `posts:read`, `posts:*`, `*:read`.

use super::Operation;

/// Scopes of a key at most.
const MOST: usize = 32;
/// The longest resource in a scope.
const RESOURCE_MAX: usize = 64;

/// What a narrowed key may do: one scope or more, never `*:*` (that is no limit at all).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(String);

/// Why a text is no list of scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not `resource:operation`.
    #[error(
        "'{0}' is not a scope. A scope is resource:operation, like posts:read, posts:* or *:read."
    )]
    Shape(String),
    /// The part behind the colon.
    #[error(
        "'{0}' names no operation. The operations are read, list, create, update, delete, or * for all."
    )]
    Operation(String),
    /// More than `MOST`.
    #[error("A key has at most {MOST} scopes.")]
    TooMany,
}

impl Scopes {
    /// The scopes in `raw`, separated by blanks, commas or lines. None: the key is not narrowed.
    pub fn parse(raw: &str) -> Result<Option<Self>, ScopeError> {
        let mut scopes: Vec<&str> = Vec::new();
        for scope in
            raw.split(|c: char| c.is_whitespace() || c == ',').filter(|scope| !scope.is_empty())
        {
            let shape = || ScopeError::Shape(shown(scope));
            let (resource, operation) = scope.split_once(':').ok_or_else(shape)?;
            if !(resource == "*" || is_resource(resource)) || operation.contains(':') {
                return Err(shape());
            }
            if operation != "*" && Operation::parse(operation).is_none() {
                return Err(ScopeError::Operation(shown(scope)));
            }
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
            if scopes.len() > MOST {
                return Err(ScopeError::TooMany);
            }
        }
        Ok((!scopes.is_empty() && !scopes.contains(&"*:*")).then(|| Self(scopes.join(" "))))
    }

    /// As they are stored: separated by one blank.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether stored scopes allow this.
    pub fn allow(stored: &str, resource: &str, operation: Operation) -> bool {
        stored.split(' ').filter_map(|scope| scope.split_once(':')).any(|(which, what)| {
            let covers = |pattern: &str, word: &str| pattern == "*" || pattern == word;
            covers(which, resource) && covers(what, operation.as_str())
        })
    }
}

/// What may stand in a path as it is (RFC 3986, unreserved).
fn is_resource(text: &str) -> bool {
    (1..=RESOURCE_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// The part of what was typed that fits into a message.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<String> {
        Scopes::parse(text).unwrap().map(|scopes| scopes.0)
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
        let allow =
            |scopes: &str, resource: &str, operation| Scopes::allow(scopes, resource, operation);
        assert!(allow("posts:read", "posts", Operation::Read));
        assert!(!allow("posts:read", "posts", Operation::List));
        assert!(!allow("posts:read", "post", Operation::Read));
        assert!(!allow("posts:read", "Posts", Operation::Read));
        assert!(allow("a:list posts:*", "posts", Operation::Delete));
        assert!(!allow("posts:*", "*", Operation::Delete));
        assert!(allow("*:read", "anything", Operation::Read));
        assert!(allow("*:read", "", Operation::Read));
        assert!(!allow("*:read", "anything", Operation::Update));
        assert!(!allow("", "posts", Operation::Read));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_kept_is_parsed_to_the_same(text in "\\PC{0,80}|([a-z*]{0,3}:[a-z*]{0,6}[ ,\n]){0,40}") {
            if let Ok(Some(scopes)) = Scopes::parse(&text) {
                prop_assert_eq!(Scopes::parse(scopes.as_str()), Ok(Some(scopes.clone())));
                prop_assert!(!Operation::ALL.into_iter().all(|operation| Scopes::allow(scopes.as_str(), "no such", operation))
                    || scopes.as_str().matches("*:").count() >= 5);
            }
        }
    }
}
