//! The public keys that tokens are checked with: a JWKS (RFC 7517), or one key in PEM (RFC 7468).

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::encoding::Object;
use super::key::{Key, KeyError, secret_in};

/// Keys that are passed over and named. Of more it is told how many.
const NAMED: usize = 20;
/// Characters of a key's id that are shown: it is somebody else's text.
const SHOWN: usize = 64;
/// Keys that an error message names.
const TOLD: usize = 3;
/// What a key in PEM begins and ends with, without its label. What stands in front of it is passed
/// over (RFC 7468, 2). Copied out of JSON or an `.env` file, its line breaks are written `\n`.
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Public keys, at least one.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    passed_over: PassedOver,
}

/// What stands among the keys, and can't be used (RFC 7517, 5: it should be ignored).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Its id, or its place in the list, and the reason.
    pub named: Vec<(String, KeyError)>,
    /// How many more there are.
    pub more: usize,
}

/// Why these are no keys to check tokens with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not even JSON or PEM.
    #[error("This is neither a JWKS (JSON with \"keys\") nor a public key in PEM.")]
    Shape,
    /// JSON that is not right.
    #[error(
        "This JSON is not a JWKS: it needs \"keys\", a list of public keys, and no member twice."
    )]
    Json,
    /// A key in PEM that can't be used, or something secret that must not be stored.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A list in which nothing can be used.
    #[error("There is no key here that Keyrack can use. {0}")]
    NoneUsable(PassedOver),
    /// A certificate has a key in it, but also a validity that nobody would check.
    #[error("This is a certificate. Paste its public key: openssl x509 -pubkey -noout.")]
    Certificate,
    /// Two keys in PEM.
    #[error("Paste one PEM key only, or a JWKS for several.")]
    Several,
}

impl KeySetError {
    /// Whether what was pasted must not be sent back, or kept anywhere.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Key(KeyError::Private | KeyError::Symmetric))
    }
}

/// Its keys as they were written: what one of them has that nobody can read is its own fault.
#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

impl KeySet {
    /// What was pasted: a JWKS, one key in JSON, or one in PEM. It will be stored as it is, so
    /// nothing in it may be secret.
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private.into());
        }
        let text = without_mark(text);
        if text.starts_with('{') {
            let json = serde_json::from_str(text).map_err(|_| KeySetError::Json)?;
            secret_in(&json).map_or(Ok(()), Err)?;
            return Self::from_json(text.as_bytes());
        }
        if text.contains(BEGIN) {
            return Ok(Self::of(from_pem(text)?));
        }
        Err(KeySetError::Shape)
    }

    fn of(key: Key) -> Self {
        Self { keys: vec![key], passed_over: PassedOver::default() }
    }

    /// A JWKS, or one key. What can't be used is passed over.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let json = std::str::from_utf8(json).map(without_mark).map_err(|_| KeySetError::Json)?;
        let Ok(Set { keys: entries }) = serde_json::from_str(json) else {
            let Object(members) = serde_json::from_str(json).map_err(|_| KeySetError::Json)?;
            let is_key = members.contains_key("kty");
            return if is_key {
                Ok(Self::of(Key::from_jwk(members)?))
            } else {
                Err(KeySetError::Json)
            };
        };
        let (mut keys, mut passed_over) = (Vec::new(), PassedOver::default());
        for (entry, place) in entries.into_iter().zip(1..) {
            let (id, key) = match serde_json::from_str(entry.get()) {
                Ok(Object(members)) => {
                    let id = members.get("kid").and_then(Value::as_str).map(shown);
                    (id, Key::from_jwk(members))
                }
                Err(_) => (None, Err(KeyError::Shape)),
            };
            match key {
                Ok(key) => keys.push(key),
                Err(_) if passed_over.named.len() == NAMED => passed_over.more += 1,
                Err(reason) => {
                    let name = id.unwrap_or_else(|| format!("number {place}"));
                    passed_over.named.push((name, reason));
                }
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::NoneUsable(passed_over));
        }
        Ok(Self { keys, passed_over })
    }

    /// Whether a key may be the one that a token names. A key without an id may be any.
    pub(super) fn knows(&self, id: Option<&str>) -> bool {
        self.named(id).next().is_some()
    }

    /// The keys that a token may mean.
    pub(super) fn named<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(move |key| match (&key.id, id) {
            (Some(key), Some(id)) => key == id,
            (None, _) | (_, None) => true,
        })
    }

    /// What they are, in words: `P-256 2026-11`.
    pub fn words(&self) -> impl ExactSizeIterator<Item = String> {
        self.keys.iter().map(|key| match &key.id {
            None => key.kind.to_string(),
            Some(id) => format!("{} {}", key.kind, shown(id)),
        })
    }

    /// What could not be used.
    pub fn passed_over(&self) -> &PassedOver {
        &self.passed_over
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.named.is_empty() {
            return f.write_str("The list is empty.");
        }
        let told = self.named.iter().take(TOLD);
        let more = self.more + self.named.len() - told.len();
        for (place, (name, reason)) in told.enumerate() {
            write!(f, "{}Key {name}: {reason}", if place == 0 { "" } else { " " })?;
        }
        if more > 0 { write!(f, " And {more} more.") } else { Ok(()) }
    }
}

/// The part of a pasted text that is worth keeping. Around a key in PEM, people paste the rest of
/// the file that it stood in, and that may be secret.
pub fn key_text(pasted: &str) -> String {
    let text = without_mark(pasted);
    let end = text.find(END).and_then(|at| {
        let label = at + END.len();
        Some(label + text[label..].find("-----")? + "-----".len())
    });
    match (text.find(BEGIN), end) {
        (Some(begin), Some(end)) if !text.starts_with('{') && begin < end => {
            text[begin..end].replace("\\r", "").replace("\\n", "\n")
        }
        _ => text.to_owned(),
    }
}

/// Where the keys are, if this is no JWKS but an issuer's configuration (OpenID Connect Discovery
/// 1.0, 3; RFC 8414, 2).
pub fn jwks_uri(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Configuration {
        jwks_uri: String,
        keys: Option<serde::de::IgnoredAny>,
    }
    let json = std::str::from_utf8(json).map(without_mark).ok()?;
    let configuration: Configuration = serde_json::from_str(json).ok()?;
    configuration.keys.is_none().then_some(configuration.jwks_uri)
}

/// Some editors put a byte order mark in front of what they save (RFC 8259, 8.1: it may be
/// ignored).
fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

fn shown(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

fn from_pem(text: &str) -> Result<Key, KeySetError> {
    if text.contains("CERTIFICATE-----") {
        return Err(KeySetError::Certificate);
    }
    if text.matches(BEGIN).count() > 1 {
        return Err(KeySetError::Several);
    }
    let pem = pem::parse(key_text(text)).map_err(|_| KeySetError::Shape)?;
    match pem.tag() {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Ok(Key::from_der(pem.contents())?),
        _ => Err(KeySetError::Shape),
    }
}
