//! The origins (RFC 6454) from which publishable keys may be used.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The most origins of an environment.
const MOST: usize = 50;
/// The most bytes of an origin. A host name has at most 253 characters (RFC 1035, 2.3.4).
const LONGEST: usize = 300;

/// `https://app.example.com`, or with `http://localhost:*` every port of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedOrigin(String);

/// Why a text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not a URL, or one with another scheme.
    #[error(
        "'{0}' is not an origin. An origin is scheme, host and port, like https://app.example.com."
    )]
    Shape(String),
    /// It has a path, a query or a user.
    #[error("'{0}' is more than an origin. Leave out what comes after the host and port.")]
    TooMuch(String),
    /// It has a `*` that is not the port of this machine.
    #[error("'{0}': * stands only for the port of localhost, as in http://localhost:*.")]
    Star(String),
    /// More than `MOST`.
    #[error("An environment has at most {MOST} origins.")]
    TooMany,
}

impl AllowedOrigin {
    /// Parses an origin, and writes it as browsers do.
    pub fn parse(raw: &str) -> Result<Self, OriginError> {
        let raw = raw.trim();
        let shown = || raw.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        // The URL parser would silently correct such a text.
        if raw.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
            || raw.len() > LONGEST
        {
            return Err(OriginError::Shape(shown()));
        }
        let (text, any_port) = raw.strip_suffix(":*").map_or((raw, false), |text| (text, true));
        if text.contains('*') {
            return Err(OriginError::Star(shown()));
        }
        let rest =
            text.split_once("://").map(|(_, rest)| rest).filter(|rest| !rest.starts_with('/'));
        let Some(rest) = rest else { return Err(OriginError::Shape(shown())) };
        let url = Url::parse(text).map_err(|_| OriginError::Shape(shown()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(OriginError::Shape(shown()));
        }
        if rest.strip_suffix('/').unwrap_or(rest).contains(['/', '?', '#', '@']) {
            return Err(OriginError::TooMuch(shown()));
        }
        let origin = url.origin().ascii_serialization();
        // A name with other characters is longer in ASCII than it was typed.
        if origin.len() > LONGEST {
            return Err(OriginError::Shape(shown()));
        }
        if !any_port {
            return Ok(Self(origin));
        }
        // The typed text is compared, because the URL leaves out a default port:
        // `http://localhost:80`.
        if !text.eq_ignore_ascii_case(&origin) || !is_this_machine(&url) {
            return Err(OriginError::Star(shown()));
        }
        Ok(Self(format!("{origin}:*")))
    }

    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the `Origin` of a request is this one.
    fn covers(&self, origin: &str) -> bool {
        let Some(host) = self.0.strip_suffix(":*") else { return self.0 == origin };
        origin.strip_prefix(host).is_some_and(|rest| {
            let is_port = |port: &str| {
                (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
            };
            rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)
        })
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl TryFrom<String> for AllowedOrigin {
    type Error = OriginError;

    fn try_from(stored: String) -> Result<Self, OriginError> {
        Self::parse(&stored)
    }
}

impl From<AllowedOrigin> for String {
    fn from(origin: AllowedOrigin) -> Self {
        origin.0
    }
}

/// The allowed origins of an environment. Empty: all origins are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedOrigins(Vec<AllowedOrigin>);

impl AllowedOrigins {
    /// Parses a list with one origin per line.
    pub fn parse(raw: &str) -> Result<Self, OriginError> {
        let mut origins = Vec::new();
        for line in raw.lines().filter(|line| !line.trim().is_empty()) {
            let origin = AllowedOrigin::parse(line)?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
            if origins.len() > MOST {
                return Err(OriginError::TooMany);
            }
        }
        Ok(Self(origins))
    }

    /// Whether a request with this `Origin` is allowed.
    pub fn allow(&self, origin: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|allowed| allowed.covers(origin))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The origins, one per line.
    pub fn lines(&self) -> String {
        self.0.iter().map(AllowedOrigin::as_str).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(text: &str) -> Option<String> {
        AllowedOrigin::parse(text).ok().map(String::from)
    }

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (typed, expected) in [
            ("https://App.Example.com", "https://app.example.com"),
            (" https://app.example.com/ ", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:8080", "http://app.example.com:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://localhost:*", "http://localhost:*"),
            ("https://127.0.0.1:*", "https://127.0.0.1:*"),
        ] {
            assert_eq!(kept(typed).as_deref(), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_kept_can_be_read_again() {
        let long = |labels: usize| format!("https://{}example", "ü.".repeat(labels));
        assert!(kept(&long(20)).and_then(|origin| kept(&origin)).is_some());
        assert_eq!(kept(&long(60)), None, "it is longer as browsers write it");
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for bad in [
            "",
            "app.example.com",
            "//app.example.com",
            "https:app.example.com",
            "https:///app.example.com",
            "ftp://example.com",
            "null",
            "*",
            "https://",
            "javascript://x",
            "https://a b.example",
            "https://a\\b.example",
            "https://app.example.com/path",
            "https://app.example.com/?q",
            "https://app.example.com?q",
            "https://app.example.com#x",
            "https://me@app.example.com",
            "https://app.example.com//",
            "https://*.example.com",
            "https://app.example.com:*",
            "http://localhost:80:*",
            "http://localhost/:*",
            "http://localhost:*/x",
            "http://localhost:99999",
            "https://app.example.com\nhttps://b.example",
        ] {
            assert_eq!(kept(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_the_very_origin_is_allowed() {
        let origins =
            AllowedOrigins::parse("https://app.example.com\r\n\n http://localhost:*\n").unwrap();
        for good in ["https://app.example.com", "http://localhost", "http://localhost:3000"] {
            assert!(origins.allow(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil",
            "https://evil.app.example.com",
            "https://app.example.com/",
            "http://localhost.evil",
            "http://localhost:",
            "http://localhost:x",
            "http://localhost:80.evil",
            "https://localhost:3000",
            "http://localhost:*",
            "http://localhost:123456",
        ] {
            assert!(!origins.allow(bad), "{bad}");
        }
        assert!(AllowedOrigins::default().allow("https://anything.example"));
        let many = (0..51).map(|n| format!("https://a{n}.example\n")).collect::<String>();
        assert_eq!(AllowedOrigins::parse(&many), Err(OriginError::TooMany));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_kept_is_parsed_to_the_same(text in "\\PC{0,60}|https?://[a-z.:*/@?0-9]{0,20}") {
            if let Ok(origin) = AllowedOrigin::parse(&text) {
                prop_assert_eq!(AllowedOrigin::parse(origin.as_str()), Ok(origin.clone()));
                prop_assert!(origin.as_str().is_ascii() && origin.as_str().matches('/').count() == 2);
                prop_assert!(origin.as_str().ends_with(":*") || origin.covers(origin.as_str()));
            }
        }
    }
}
