//! The path under which an API's resources are.

use serde::{Deserialize, Serialize};

/// `/v1/data`: segments of plain characters, no slash at the end. The root is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BasePath(String);

/// Why a text is no base path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasePathError {
    /// Not like `/v1/data`.
    #[error(
        "A base path is like /v1/data: it begins with / and has letters, digits, - . _ ~ only."
    )]
    Shape,
    /// Longer than 200.
    #[error("Use at most 200 characters.")]
    TooLong,
}

impl BasePath {
    /// The path in `raw`; a slash at its end does not count.
    pub fn parse(raw: &str) -> Result<Self, BasePathError> {
        let path = raw.trim();
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.len() > 200 {
            return Err(BasePathError::TooLong);
        }
        if path.is_empty() {
            return if raw.trim() == "/" {
                Ok(Self(String::new()))
            } else {
                Err(BasePathError::Shape)
            };
        }
        let plain = |segment: &str| {
            let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            segment.bytes().all(unreserved) && !segment.bytes().all(|b| b == b'.')
        };
        let segments = path.strip_prefix('/').ok_or(BasePathError::Shape)?;
        if segments.split('/').all(plain) {
            Ok(Self(path.to_owned()))
        } else {
            Err(BasePathError::Shape)
        }
    }

    /// As it is shown: the root is `/`.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// As paths under it begin: the root is empty.
    pub(super) fn prefix(&self) -> &str {
        &self.0
    }

    /// Its segments: none, if it is the root.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self("/v1/data".to_owned())
    }
}

impl TryFrom<String> for BasePath {
    type Error = BasePathError;

    fn try_from(stored: String) -> Result<Self, BasePathError> {
        Self::parse(&stored)
    }
}

impl From<BasePath> for String {
    fn from(path: BasePath) -> Self {
        path.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_plain_path() {
        for (typed, kept) in [
            ("/v1/data", "/v1/data"),
            (" /v1/data/ ", "/v1/data"),
            ("/", "/"),
            ("/api", "/api"),
            ("/v1.0/~x", "/v1.0/~x"),
        ] {
            let path = BasePath::parse(typed).unwrap();
            assert_eq!(path.as_str(), kept, "{typed}");
            assert_eq!(BasePath::try_from(String::from(path.clone())), Ok(path));
        }
        let long = format!("/{}", "x".repeat(201));
        for bad in [
            "",
            "v1",
            "//",
            "/v1//data",
            "/v1/../data",
            "/v1/./data",
            "/v1/.../data",
            "/v1/%64ata",
            "/v1?x",
            "/v1 data",
            "https://x/v1",
            "/v1;x",
            "/ü",
            &long,
        ] {
            assert!(BasePath::parse(bad).is_err(), "{bad}");
        }
    }
}
