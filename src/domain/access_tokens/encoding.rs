//! Base64 and JSON as tokens need them.
//!
//! `jsonwebtoken` has a strict decoder of Base64 and does not export it, but a key is made with it.

use std::fmt;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Base64url without padding (RFC 7515, 2).
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    let key = DecodingKey::from_ed_components(text).ok()?;
    key.try_get_as_bytes().ok().map(<[u8]>::to_vec)
}

/// Base64 with padding, as in PEM.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let key = DecodingKey::from_base64_secret(text).ok()?;
    key.try_get_as_bytes().ok().map(<[u8]>::to_vec)
}

/// An object whose members come once each: of two, one reader would take the first and another the
/// last.
pub(super) struct Object(pub(super) Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if map.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member comes twice"));
                    }
                }
                Ok(Object(map))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
