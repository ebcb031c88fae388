//! The public keys that check tokens: a JWKS (RFC 7517), or one key in PEM (RFC 7468).

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::encoding::Object;
use super::key::{Key, KeyError, secret_in};

/// How many unusable keys are named. The others are only counted.
const NAMED: usize = 20;
/// How many characters of a key's id are shown, because it is text from somebody else.
const SHOWN: usize = 64;
/// How many keys an error message names.
const TOLD: usize = 3;
/// How a key in PEM begins and ends, up to its label. Text before it is ignored (RFC 7468, 2). A
/// key that was copied from JSON or an `.env` file has `\n` in place of line breaks.
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Public keys, at least one.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    passed_over: PassedOver,
}

/// The keys of a set that can't be used. They are ignored (RFC 7517, 5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// The id of each, or its place in the list, with the reason.
    pub named: Vec<(String, KeyError)>,
    /// How many more there are.
    pub more: usize,
}

/// Why a text has no keys to check tokens with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is neither JSON nor PEM.
    #[error("This is neither a JWKS (JSON with \"keys\") nor a public key in PEM.")]
    Shape,
    /// It is JSON, but not a JWKS.
    #[error(
        "This JSON is not a JWKS: it needs \"keys\", a list of public keys, and no member twice."
    )]
    Json,
    /// It is a key that can't be used, or it has something secret in it that must not be stored.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is a list without a usable key.
    #[error("There is no key here that Keyrack can use. {0}")]
    NoneUsable(PassedOver),
    /// It is a certificate. That has a key in it, but also a validity that nobody would check.
    #[error("This is a certificate. Paste its public key: openssl x509 -pubkey -noout.")]
    Certificate,
    /// It has two keys in PEM.
    #[error("Paste one PEM key only, or a JWKS for several.")]
    Several,
}

impl KeySetError {
    /// Whether the pasted text is secret, so that it must not be sent back or kept.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Key(KeyError::Private | KeyError::Symmetric))
    }
}

/// A JWKS whose keys are kept as they were written, so that an unreadable one fails only itself.
#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

impl KeySet {
    /// Reads a pasted text: a JWKS, one key in JSON, or one in PEM. The text will be stored
    /// unchanged, so nothing in it may be secret.
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

    /// Reads a JWKS, or one key. Keys that can't be used are ignored.
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

    /// Whether one of the keys may be the one that a token names. A key without an id may be any.
    pub(super) fn knows(&self, id: Option<&str>) -> bool {
        self.named(id).next().is_some()
    }

    /// The keys that a token may be signed with.
    pub(super) fn named<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(move |key| match (&key.id, id) {
            (Some(key), Some(id)) => key == id,
            (None, _) | (_, None) => true,
        })
    }

    /// A description of each key: `P-256 2026-11`.
    pub fn words(&self) -> impl ExactSizeIterator<Item = String> {
        self.keys.iter().map(|key| match &key.id {
            None => key.kind.to_string(),
            Some(id) => format!("{} {}", key.kind, shown(id)),
        })
    }

    /// The keys that could not be used.
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

/// The part of a pasted text that has to be stored. People paste the rest of a file along with a
/// key in PEM, and that may be secret.
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

/// The URL of the keys, if the text is not a JWKS but an issuer's configuration (OpenID Connect
/// Discovery 1.0, 3; RFC 8414, 2).
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

/// The text without a byte order mark, which some editors write. RFC 8259, 8.1 allows to ignore it.
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
