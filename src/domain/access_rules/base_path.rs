//! The base path: the path below which an API has its resources. (`path.rs` decides what is below
//! it.)

use serde::{Deserialize, Serialize};

/// A path like `/v1/data`: segments of plain characters without a slash at the end. The root is
/// stored as an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BasePath(String);

/// Why a text is not a base path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasePathError {
    /// Something other than a path like `/v1/data`.
    #[error(
        "A base path is like /v1/data: it begins with / and has letters, digits, - . _ ~ only."
    )]
    Shape,
    /// More than 200 characters.
    #[error("Use at most 200 characters.")]
    TooLong,
}

impl BasePath {
    /// Parses a base path. A slash at its end is ignored.
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

    /// The base path as people see it. The root is `/`.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// The text with which all paths below it begin. For the root it is empty.
    pub(super) fn prefix(&self) -> &str {
        &self.0
    }

    /// The segments of the base path. The root has none.
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
