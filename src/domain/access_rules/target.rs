//! From the method and URI of the original request to an operation on a resource.
//!
//! The API behind the gateway decides by a path that it has normalised in its own way. So only
//! paths that everybody reads alike are decided on: what could be read in two ways is refused
//! (OWASP ASVS 5.0, 1.1.1).

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode;

use super::{BasePath, Operation};

/// What a call does, to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The first segment under the base path; empty: the base path itself.
    pub resource: String,
    /// What is done to it.
    pub operation: Operation,
}

/// Why no operation can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Odd {
    /// `https://host/path`, or nothing at all.
    #[error("it does not begin with /")]
    NoPath,
    /// `%zz`, or a `%` at the end.
    #[error("it has a broken percent-encoding")]
    BrokenEncoding,
    /// `%25`: it would be another path when decoded once more.
    #[error("it is percent-encoded twice")]
    DoubleEncoding,
    /// `%2f` and `%5c`, or `\`: some read it as a slash.
    #[error("it has an encoded slash or a backslash")]
    Slash,
    /// NUL, line breaks and the like.
    #[error("it has a control character")]
    Control,
    /// Bytes that are no text: also the overlong forms of `/` and `.` (RFC 3629, 10).
    #[error("it is not UTF-8")]
    NotUtf8,
    /// `.` and `..`
    #[error("it has a . or .. segment")]
    Dots,
    /// `//`
    #[error("it has an empty segment")]
    Empty,
    /// `;`, `#` and `%3f`: some servers cut what comes after them (RFC 3986, 3.3).
    #[error("it has a ;, # or ? in its path")]
    Cut,
    /// None of those that have a meaning here.
    #[error("its method is none of GET, HEAD, POST, PUT, PATCH, DELETE")]
    Method,
}

impl Target {
    /// What the request does. None: it lies outside the base path, or it is a preflight of a
    /// browser, and only the key is checked.
    pub fn of(method: &[u8], uri: &[u8], base: &BasePath) -> Result<Option<Self>, Odd> {
        if method == b"OPTIONS" {
            return Ok(None);
        }
        let path = uri.split(|b| *b == b'?').next().unwrap_or_default();
        let path = normal(path)?;
        let Some(rest) = base.rest(&path) else { return Ok(None) };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (resource, item) =
            rest.split_once('/').map_or((rest, false), |(resource, _)| (resource, true));
        let operation = match method {
            b"GET" | b"HEAD" if item => Operation::Read,
            b"GET" | b"HEAD" => Operation::List,
            b"POST" => Operation::Create,
            b"PUT" | b"PATCH" => Operation::Update,
            b"DELETE" => Operation::Delete,
            _ => return Err(Odd::Method),
        };
        Ok(Some(Self { resource: resource.to_owned(), operation }))
    }
}

/// The path, decoded once, if everybody reads it alike.
fn normal(path: &[u8]) -> Result<Cow<'_, str>, Odd> {
    if path.first() != Some(&b'/') {
        return Err(Odd::NoPath);
    }
    if path.contains(&b'#') {
        return Err(Odd::Cut);
    }
    let mut rest = path;
    while let Some(at) = rest.iter().position(|b| *b == b'%') {
        rest = &rest[at + 1..];
        let hex = |n: usize| rest.get(n).and_then(|b| char::from(*b).to_digit(16));
        match (hex(0), hex(1)) {
            (Some(2), Some(5)) => return Err(Odd::DoubleEncoding),
            (Some(2), Some(15)) | (Some(5), Some(12)) => return Err(Odd::Slash),
            (Some(2), Some(3)) | (Some(3), Some(15)) => return Err(Odd::Cut),
            (Some(_), Some(_)) => {}
            _ => return Err(Odd::BrokenEncoding),
        }
    }
    let path = percent_decode(path).decode_utf8().map_err(|_| Odd::NotUtf8)?;
    if path.chars().any(char::is_control) {
        return Err(Odd::Control);
    }
    if path.contains('\\') {
        return Err(Odd::Slash);
    }
    if path.contains(';') {
        return Err(Odd::Cut);
    }
    let segments = path[1..].strip_suffix('/').unwrap_or(&path[1..]);
    for segment in segments.split('/') {
        match segment {
            "" if path.len() > 1 => return Err(Odd::Empty),
            "." | ".." => return Err(Odd::Dots),
            _ => {}
        }
    }
    Ok(path)
}

impl fmt::Display for Target {
    /// `create posts`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource.as_str() {
            "" => write!(f, "{} the API's root", self.operation),
            resource => {
                write!(f, "{} ", self.operation)?;
                // It stands in an answer that people read in a terminal.
                resource
                    .chars()
                    .take(64)
                    .try_for_each(|c| write!(f, "{}", if c.is_ascii_graphic() { c } else { '?' }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(method: &str, uri: &str) -> Result<Option<String>, Odd> {
        let target = Target::of(method.as_bytes(), uri.as_bytes(), &BasePath::default())?;
        Ok(target.map(|target| target.to_string()))
    }

    #[test]
    fn method_and_path_say_what_is_done_to_what() {
        for (method, uri, expected) in [
            ("GET", "/v1/data/posts", Some("list posts")),
            ("GET", "/v1/data/posts/", Some("list posts")),
            ("GET", "/v1/data/posts?id=1&x=../..", Some("list posts")),
            ("HEAD", "/v1/data/posts", Some("list posts")),
            ("GET", "/v1/data/posts/1", Some("read posts")),
            ("GET", "/v1/data/posts/1/comments/", Some("read posts")),
            ("HEAD", "/v1/data/posts/a%20b", Some("read posts")),
            ("POST", "/v1/data/posts", Some("create posts")),
            ("POST", "/v1/data/posts/1", Some("create posts")),
            ("PUT", "/v1/data/posts/1", Some("update posts")),
            ("PATCH", "/v1/data/posts/1", Some("update posts")),
            ("DELETE", "/v1/data/posts/1", Some("delete posts")),
            ("DELETE", "/v1/data/posts", Some("delete posts")),
            ("GET", "/v1/data/%70osts", Some("list posts")),
            ("GET", "/v1/%64ata/posts", Some("list posts")),
            ("POST", "/V1/DATA/Posts", Some("create Posts")),
            ("POST", "/v1/data", Some("create the API's root")),
            ("GET", "/v1/data/", Some("list the API's root")),
            ("GET", "/v1/data/%D0%BF", Some("list ?")),
            ("GET", "/", None),
            ("POST", "/v1/files/1", None),
            ("DELETE", "/v1/database/posts", None),
            ("OPTIONS", "/v1/data/posts", None),
            ("OPTIONS", "*", None),
        ] {
            assert_eq!(told(method, uri).unwrap().as_deref(), expected, "{method} {uri}");
        }
    }

    #[test]
    fn paths_that_can_be_read_in_two_ways_are_refused() {
        for (uri, odd) in [
            ("", Odd::NoPath),
            ("v1/data/posts", Odd::NoPath),
            ("http://api.example.com/v1/data/posts", Odd::NoPath),
            ("?/v1/data", Odd::NoPath),
            ("/v1/data/../admin", Odd::Dots),
            ("/v1/other/../data/posts", Odd::Dots),
            ("/v1/other/%2e%2E/data/posts", Odd::Dots),
            ("/v1/./data/posts", Odd::Dots),
            ("/v1/.%2e/data/posts", Odd::Dots),
            ("/v1/data/posts/..", Odd::Dots),
            ("/v1/data/posts/.", Odd::Dots),
            ("/..", Odd::Dots),
            ("//v1/data/posts", Odd::Empty),
            ("/v1//data/posts", Odd::Empty),
            ("/v1/data/posts//", Odd::Empty),
            ("//", Odd::Empty),
            ("/v1/data/posts%3fa/1", Odd::Cut),
            ("/v1/data/posts%3Fa/1", Odd::Cut),
            ("/v1/data/posts%23a/1", Odd::Cut),
            ("/v1/data%2fposts", Odd::Slash),
            ("/v1%2Fdata/posts", Odd::Slash),
            ("/v1/x/..%5cdata/posts", Odd::Slash),
            ("/v1\\data\\posts", Odd::Slash),
            ("/v1/%2564ata/posts", Odd::DoubleEncoding),
            ("/v1/%252e%252e/data", Odd::DoubleEncoding),
            ("/v1/data/100%25", Odd::DoubleEncoding),
            ("/v1/data/posts%00", Odd::Control),
            ("/v1/data/posts%0d%0aX: y", Odd::Control),
            ("/v1/data/po\u{7f}sts", Odd::Control),
            ("/v1/data/%c2%85", Odd::Control),
            ("/v1/data/%c0%af", Odd::NotUtf8),
            ("/v1/%c0%ae%c0%ae/data", Odd::NotUtf8),
            ("/v1/data/%e0%80%af", Odd::NotUtf8),
            ("/v1/data/%ff", Odd::NotUtf8),
            ("/v1/data/%ed%a0%80", Odd::NotUtf8),
            ("/v1/data/%", Odd::BrokenEncoding),
            ("/v1/data/%2", Odd::BrokenEncoding),
            ("/v1/data/%zz", Odd::BrokenEncoding),
            ("/v1/data/%u002e", Odd::BrokenEncoding),
            ("/v1/data;x=1/posts", Odd::Cut),
            ("/v1/data%3bx/posts", Odd::Cut),
            ("/v1/data/posts#/1", Odd::Cut),
        ] {
            assert_eq!(told("GET", uri), Err(odd), "{uri:?}");
        }
    }

    #[test]
    fn methods_without_a_meaning_are_refused_inside_the_base_path() {
        for method in ["", "get", "TRACE", "PROPFIND", "CONNECT", "GET ", "DELETE\0"] {
            assert_eq!(told(method, "/v1/data/posts"), Err(Odd::Method), "{method:?}");
            assert_eq!(told(method, "/elsewhere"), Ok(None), "{method:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_told_has_no_way_out(uri in prop_oneof![prop::collection::vec(any::<u8>(), 0..40), "(/|/v1|/data|%[0-9a-f]{2}|\\.|[a-z;#\\\\]){0,12}".prop_map(String::into_bytes)]) {
            for base in [BasePath::default(), BasePath::parse("/").unwrap()] {
                if let Ok(Some(target)) = Target::of(b"GET", &uri, &base) {
                    prop_assert!(!target.resource.contains(['/', '\\', ';', '\0']));
                    prop_assert!(target.resource != ".." && target.resource != ".");
                    prop_assert!(target.to_string().bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                }
            }
        }
    }
}
