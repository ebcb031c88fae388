//! A public key, from JSON (RFC 7517) or DER, and the reasons why tokens can't be checked with one.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::algorithms::{ACCEPTED, Algorithm, Kind};
use super::encoding::base64url;

/// The y coordinates, in all their spellings, of the eight points whose order divides eight. With
/// such a "public key", signatures can be made that fit any text. AWS-LC leaves this check to its
/// caller. (The list is libsodium's, `ge25519_has_small_order`; the sign bit is cleared.)
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) kind: Kind,
    /// The only algorithm that the key's owner allows.
    only: Option<&'static Algorithm>,
    /// SubjectPublicKeyInfo (RFC 5280), or the plain point of an elliptic curve.
    bytes: Vec<u8>,
}

/// Why tokens can't be checked with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is a number, a list, `null`, or an object with a member that occurs twice.
    #[error("This is not a JSON object whose members come once each.")]
    Shape,
    /// `n`, `x` or another member is missing, is not Base64url, has the wrong length or is not on
    /// the curve.
    #[error("A member of this key is missing or wrong.")]
    Damaged,
    /// It is a private key. Whoever knows it can make tokens.
    #[error(
        "This is a private key. Use its public half, and replace the key if anyone may have seen it."
    )]
    Private,
    /// It is a symmetric key. Whoever knows it can make tokens.
    #[error(
        "This is a symmetric key: anyone who can check tokens with it can also make them. Use RSA, an elliptic curve or Ed25519."
    )]
    Symmetric,
    /// It is an RSA key with less than 2048 bits (NIST SP 800-131A).
    #[error("This RSA key is shorter than 2048 bits. Use a longer one.")]
    Short,
    /// It is an RSA key with more than 4096 bits, or with an unusual exponent. With those, whoever
    /// may set keys could make each check as expensive as they like.
    #[error("This RSA key is unusual: use 2048 to 4096 bits and the exponent 65537.")]
    Unusual,
    /// It has another purpose, such as encryption.
    #[error("This key is not for signatures (use or key_ops).")]
    Purpose,
    /// It names an algorithm that is not accepted, or that needs another kind of key.
    #[error("The algorithm of this key (alg) is not accepted, or does not fit it.")]
    Algorithm,
    /// It is of a kind, or on a curve, that is not supported.
    #[error("Keyrack can't use this kind of key: it takes RSA, P-256, P-384, P-521 and Ed25519.")]
    Unsupported,
    /// It is a point of small order.
    #[error("This Ed25519 key is weak (small order): anyone could sign tokens for it.")]
    Weak,
}

/// A key in JSON. Other members are ignored.
#[derive(Deserialize)]
struct Jwk {
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

impl Key {
    /// Reads a key of a JWKS.
    pub(super) fn from_jwk(members: Map<String, Value>) -> Result<Self, KeyError> {
        if let Some(secret) = secret(&members) {
            return Err(secret);
        }
        let jwk = Jwk::deserialize(Value::Object(members)).map_err(|_| KeyError::Damaged)?;
        let signs = jwk.r#use.is_none_or(|purpose| purpose == "sig")
            && jwk.key_ops.is_none_or(|purposes| purposes.iter().any(|one| one == "verify"));
        if !signs {
            return Err(KeyError::Purpose);
        }
        let part =
            |text: Option<String>| text.as_deref().and_then(base64url).ok_or(KeyError::Damaged);
        let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Self::rsa(&part(jwk.n)?, &part(jwk.e)?)?,
            ("EC", Some("P-256")) => Self::ec(Kind::P256, 32, &part(jwk.x)?, &part(jwk.y)?)?,
            ("EC", Some("P-384")) => Self::ec(Kind::P384, 48, &part(jwk.x)?, &part(jwk.y)?)?,
            ("EC", Some("P-521")) => Self::ec(Kind::P521, 66, &part(jwk.x)?, &part(jwk.y)?)?,
            ("OKP", Some("Ed25519")) => Self::ed25519(&part(jwk.x)?)?,
            _ => return Err(KeyError::Unsupported),
        };
        let only = match jwk.alg {
            None => None,
            Some(name) => Some(
                Algorithm::named(&name)
                    .filter(|only| only.kind == key.kind)
                    .ok_or(KeyError::Algorithm)?,
            ),
        };
        Ok(Self { id: jwk.kid, only, ..key })
    }

    /// Reads a key in DER: SubjectPublicKeyInfo (RFC 5280) or RSAPublicKey (RFC 8017).
    pub(super) fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(key) = rsa::PublicKey::from_der(der) {
            let parts = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
            return Self::rsa(&parts.n, &parts.e);
        }
        // Only a SEQUENCE is accepted, because the library would accept plain points as well.
        if der.first() != Some(&0x30) || der.len() <= 32 {
            return Err(KeyError::Unsupported);
        }
        let fitting = ACCEPTED.iter().filter(|algorithm| algorithm.kind != Kind::Rsa);
        let kind = fitting
            .map(|algorithm| algorithm.kind)
            .find(|kind| parses(*kind, der))
            .ok_or(KeyError::Unsupported)?;
        match kind {
            Kind::Ed25519 => Self::ed25519(&der[der.len() - 32..]),
            _ => Ok(Self::unnamed(kind, der.to_vec())),
        }
    }

    fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let strip = |number: &[u8]| {
            number.iter().position(|b| *b != 0).map_or(Vec::new(), |first| number[first..].to_vec())
        };
        let (n, e) = (strip(n), strip(e));
        let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
        if bits < 2048 {
            return Err(KeyError::Short);
        }
        if bits > 4096 || ![&[3][..], &[1, 0, 1]].contains(&e.as_slice()) {
            return Err(KeyError::Unusual);
        }
        let der = RsaPublicKeyComponents { n, e }.as_der().map_err(|_| KeyError::Damaged)?;
        Ok(Self::unnamed(Kind::Rsa, der.as_ref().to_vec()))
    }

    fn ec(kind: Kind, length: usize, x: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        // Each coordinate has the full length of the curve's field (RFC 7518, 6.2.1.2).
        let point = [&[4], x, y].concat();
        if x.len() != length || y.len() != length || !parses(kind, &point) {
            return Err(KeyError::Damaged);
        }
        Ok(Self::unnamed(kind, point))
    }

    fn ed25519(point: &[u8]) -> Result<Self, KeyError> {
        let mut unsigned = <[u8; 32]>::try_from(point).map_err(|_| KeyError::Damaged)?;
        unsigned[31] &= 0x7f;
        if SMALL_ORDER.contains(&hex::encode(unsigned).as_str()) {
            return Err(KeyError::Weak);
        }
        Ok(Self::unnamed(Kind::Ed25519, point.to_vec()))
    }

    fn unnamed(kind: Kind, bytes: Vec<u8>) -> Self {
        Self { id: None, kind, only: None, bytes }
    }

    /// Whether the key can check tokens with this algorithm.
    pub(super) fn fits(&self, algorithm: &Algorithm) -> bool {
        self.kind == algorithm.kind && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether the message was signed with the private half of this key.
    pub(super) fn signed(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.fits(algorithm)
            && algorithm.verification.verify_sig(&self.bytes, message, signature).is_ok()
    }
}

fn parses(kind: Kind, bytes: &[u8]) -> bool {
    ACCEPTED
        .iter()
        .find(|algorithm| algorithm.kind == kind)
        .is_some_and(|algorithm| ParsedPublicKey::new(algorithm.verification, bytes).is_ok())
}

/// The secret member of a key, if it has one (RFC 7518, 6.2.2, 6.3.2, 6.4; `priv` of other kinds).
fn secret(members: &Map<String, Value>) -> Option<KeyError> {
    if members.contains_key("k") || members.get("kty").is_some_and(|kty| kty == "oct") {
        return Some(KeyError::Symmetric);
    }
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];
    private.iter().any(|name| members.contains_key(*name)).then_some(KeyError::Private)
}

/// Finds secret members anywhere in a pasted text, because the text would be stored.
pub(super) fn secret_in(json: &Value) -> Option<KeyError> {
    match json {
        Value::Object(members) => secret(members).or_else(|| members.values().find_map(secret_in)),
        Value::Array(items) => items.iter().find_map(secret_in),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
