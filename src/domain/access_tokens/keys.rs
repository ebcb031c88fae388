//! The public keys that tokens are checked with: a JWKS (RFC 7517), or one key in PEM.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::encoding::{Object, base64, base64url};

/// Keys in a set at most.
const MOST: usize = 32;
/// What comes before the point of a P-256 key in SubjectPublicKeyInfo (RFC 5480).
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 3, 1, 7, 3, 0x42, 0,
];
/// What comes before an Ed25519 key (RFC 8410).
const SPKI_ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Public keys, at least one.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<Key>);

/// A public key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    id: Option<String>,
    kind: Kind,
    /// The only algorithm that its owner wants it used with.
    algorithm: Option<Algorithm>,
    pub(super) decoding: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    Ed25519,
}

/// Why these are no keys to check tokens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not even JSON or PEM.
    #[error("This is neither a JWKS (JSON with \"keys\") nor a public key in PEM.")]
    Shape,
    /// JSON that is not right.
    #[error(
        "This JSON is not a JWKS: it needs \"keys\", a list of public keys, and no member twice."
    )]
    Json,
    /// Whoever knows it can make tokens.
    #[error(
        "This is a private key. Paste the public one, and replace this one if it was stored anywhere."
    )]
    Private,
    /// Whoever knows it can make tokens.
    #[error(
        "This is a symmetric key: whoever can check tokens with it can also make them. Use RSA, P-256 or Ed25519."
    )]
    Symmetric,
    /// RSA below 2048 bits (NIST SP 800-131A).
    #[error("This RSA key is shorter than 2048 bits. Use a longer one.")]
    Short,
    /// RSA above 4096 bits, or an odd exponent: whoever may set keys could make each check as
    /// expensive as they like.
    #[error("This RSA key is unusual: use 2048 to 4096 bits and the exponent 65537.")]
    Unusual,
    /// Of another kind.
    #[error(
        "There is no key here that Keyrack can use: RSA (RS256, PS256), P-256 (ES256) or Ed25519 (EdDSA), for signatures."
    )]
    Unsupported,
    /// A certificate has a key in it, but also a validity that nobody would check.
    #[error("This is a certificate. Paste its public key: openssl x509 -pubkey -noout.")]
    Certificate,
    /// Two keys in PEM.
    #[error("Paste one PEM key only, or a JWKS for several.")]
    Several,
    /// More than `MOST`.
    #[error("These are more than {MOST} keys.")]
    TooMany,
}

impl KeySetError {
    /// Whether what was pasted must not be sent back, or kept anywhere.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Private | Self::Symmetric)
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Object>,
}

/// A key in JSON. Members that are not named here have no meaning for us.
#[derive(Deserialize)]
struct Json {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// What was pasted: a JWKS, one key in JSON, or one in PEM.
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        let text = text.trim();
        match text.as_bytes().first() {
            Some(b'{') => Self::from_json(text.as_bytes()),
            _ if text.contains("-----BEGIN ") => Ok(Self(vec![from_pem(text)?])),
            _ => Err(KeySetError::Shape),
        }
    }

    /// A JWKS. Keys for other purposes are passed over (RFC 7517, 5); a secret one is refused.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let keys = match serde_json::from_slice::<Set>(json) {
            Ok(set) => set.keys,
            Err(_) => vec![serde_json::from_slice(json).map_err(|_| KeySetError::Json)?],
        };
        if keys.len() > MOST {
            return Err(KeySetError::TooMany);
        }
        let mut found = Vec::new();
        for Object(key) in keys {
            found.extend(from_jwk(key)?);
        }
        if found.is_empty() { Err(KeySetError::Unsupported) } else { Ok(Self(found)) }
    }

    /// Whether a key may be the one that a token names. A key without an id may be any.
    pub fn knows(&self, id: Option<&str>) -> bool {
        self.named(id).next().is_some()
    }

    /// The keys that a token may mean.
    pub(super) fn named<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Key> {
        self.0.iter().filter(move |key| match (&key.id, id) {
            (Some(key), Some(id)) => key == id,
            (None, _) | (_, None) => true,
        })
    }

    /// What they are, in words: `P-256 "2026-11"`.
    pub fn words(&self) -> Vec<String> {
        let kind = |key: &Key| match key.kind {
            Kind::Rsa => "RSA",
            Kind::P256 => "P-256",
            Kind::Ed25519 => "Ed25519",
        };
        self.0
            .iter()
            .map(|key| {
                key.id
                    .as_ref()
                    .map_or_else(|| kind(key).to_owned(), |id| format!("{} {id}", kind(key)))
            })
            .collect()
    }
}

impl Key {
    /// Whether tokens with this algorithm can be checked with it.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => Kind::Rsa,
            Algorithm::ES256 => Kind::P256,
            Algorithm::EdDSA => Kind::Ed25519,
            _ => return false,
        };
        kind == self.kind && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

/// The four algorithms.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "PS256" => Some(Algorithm::PS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        _ => None,
    }
}

/// A key of a JWKS; none: it has another purpose.
fn from_jwk(members: Map<String, Value>) -> Result<Option<Key>, KeySetError> {
    if members.contains_key("k") || members.get("kty").is_some_and(|kty| kty == "oct") {
        return Err(KeySetError::Symmetric);
    }
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| members.contains_key(*name)) {
        return Err(KeySetError::Private);
    }
    let json = Json::deserialize(Value::Object(members)).map_err(|_| KeySetError::Json)?;
    let signs = json.r#use.as_deref().is_none_or(|purpose| purpose == "sig")
        && json
            .key_ops
            .as_ref()
            .is_none_or(|purposes| purposes.iter().any(|purpose| purpose == "verify"));
    let only = match &json.alg {
        None => None,
        Some(name) => match algorithm(name) {
            Some(algorithm) => Some(algorithm),
            None => return Ok(None),
        },
    };
    if !signs {
        return Ok(None);
    }
    let part = |text: &Option<String>| text.as_deref().and_then(base64url).ok_or(KeySetError::Json);
    let (kind, decoding) = match (json.kty.as_str(), json.crv.as_deref()) {
        ("RSA", _) => (Kind::Rsa, rsa(&part(&json.n)?, &part(&json.e)?)?),
        ("EC", Some("P-256")) => {
            let (x, y) = (part(&json.x)?, part(&json.y)?);
            if x.len() != 32 || y.len() != 32 {
                return Err(KeySetError::Json);
            }
            (Kind::P256, DecodingKey::from_ec_der(&[&[4][..], &x, &y].concat()))
        }
        ("OKP", Some("Ed25519")) => {
            let x = part(&json.x)?;
            if x.len() != 32 {
                return Err(KeySetError::Json);
            }
            (Kind::Ed25519, DecodingKey::from_ed_der(&x))
        }
        _ => return Ok(None),
    };
    let key = Key { id: json.kid, kind, algorithm: only, decoding };
    Ok(only.is_none_or(|only| key.fits(only)).then_some(key))
}

fn rsa(n: &[u8], e: &[u8]) -> Result<DecodingKey, KeySetError> {
    let strip = |number: &[u8]| {
        number.iter().position(|b| *b != 0).map_or(Vec::new(), |first| number[first..].to_vec())
    };
    let (n, e) = (strip(n), strip(e));
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if bits < 2048 {
        return Err(KeySetError::Short);
    }
    if bits > 4096 || ![&[3][..], &[1, 0, 1]].contains(&e.as_slice()) {
        return Err(KeySetError::Unusual);
    }
    Ok(DecodingKey::from_rsa_raw_components(&n, &e))
}

fn from_pem(text: &str) -> Result<Key, KeySetError> {
    if text.contains("PRIVATE KEY") {
        return Err(KeySetError::Private);
    }
    if text.contains("-----BEGIN CERTIFICATE") {
        return Err(KeySetError::Certificate);
    }
    if text.matches("-----BEGIN ").count() > 1 {
        return Err(KeySetError::Several);
    }
    let key = |kind, decoding| Key { id: None, kind, algorithm: None, decoding };
    let body: String =
        text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let der = base64(&body).ok_or(KeySetError::Shape)?;
    if let Some(point) = der.strip_prefix(&SPKI_P256)
        && point.len() == 65
        && point[0] == 4
    {
        return Ok(key(Kind::P256, DecodingKey::from_ec_der(point)));
    }
    if let Some(bytes) = der.strip_prefix(&SPKI_ED25519)
        && bytes.len() == 32
    {
        return Ok(key(Kind::Ed25519, DecodingKey::from_ed_der(bytes)));
    }
    let parsed = DecodingKey::from_rsa_pem(text.as_bytes())
        .and_then(|key| Jwk::from_decoding_key(&key, None));
    let Ok(AlgorithmParameters::RSA(parts)) = parsed.map(|jwk| jwk.algorithm) else {
        return Err(KeySetError::Unsupported);
    };
    let part = |text: &str| base64url(text).ok_or(KeySetError::Unsupported);
    Ok(key(Kind::Rsa, rsa(&part(&parts.n)?, &part(&parts.e)?)?))
}
