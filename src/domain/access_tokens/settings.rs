//! How an environment checks access tokens.

use serde::{Deserialize, Serialize};

use super::IssuerUrl;
use crate::domain::key_shape::mask_in;

/// Whose tokens are good, and with which keys that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What `iss` must be; none: anything.
    pub issuer: Option<String>,
    /// What must be in `aud`; none: anything.
    pub audience: Option<String>,
    /// The claim that says whose a token without `sub` is; none: such a token is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where the keys come from.
    pub source: Source,
}

/// Where public keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A JWKS or PEM, as it was pasted.
    Pasted(String),
    /// A JWKS that is fetched from there.
    Url(IssuerUrl),
}

/// Why a text can't be an issuer or an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than 255.
    #[error("Use at most 255 characters.")]
    TooLong,
    /// Line breaks and the like.
    #[error("This has an invisible control character.")]
    Control,
    /// Somebody pasted a key, or most of it. It must not be kept, or shown again.
    #[error(
        "There is a key in it. An issuer or an audience is a name that your identity provider tells."
    )]
    HasKey,
}

/// An issuer or an audience: compared character by character (RFC 7519, 2: StringOrURI). Empty:
/// none.
pub fn parse_text(raw: &str) -> Result<Option<String>, TextError> {
    let text = raw.trim();
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    if text.chars().count() > 255 {
        return Err(TextError::TooLong);
    }
    if mask_in(text).is_some() {
        return Err(TextError::HasKey);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Claims that say something else than whose a token is (RFC 7519, 4.1).
const NO_SUBJECT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Why a text can't be the name of the claim that stands in for `sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Too long, or not ASCII, or a list of names.
    #[error("Enter the name of one claim, like client_id: up to 64 visible ASCII characters.")]
    Shape,
    /// One of `NO_SUBJECT`.
    #[error("This claim doesn't say whose token it is. Use one like client_id or azp.")]
    Other,
    #[error("There is a key in it. Enter the name of a claim, like client_id.")]
    HasKey,
}

/// The name of a claim, compared exactly (RFC 7519, 4). Empty: none.
pub fn parse_claim(raw: &str) -> Result<Option<String>, ClaimError> {
    let name = raw.trim();
    if mask_in(name).is_some() {
        return Err(ClaimError::HasKey);
    }
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(ClaimError::Shape);
    }
    if NO_SUBJECT.contains(&name) {
        return Err(ClaimError::Other);
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}
