//! How an environment checks access tokens.

use serde::{Deserialize, Serialize};

use super::IssuerUrl;
use crate::domain::key_shape::mask_in;

/// Which tokens are accepted in an environment, and the keys to check them with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The required `iss`. `None`: any issuer.
    pub issuer: Option<String>,
    /// The required member of `aud`. `None`: any audience.
    pub audience: Option<String>,
    /// The claim that names the user of a token without `sub`. `None`: such a token is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where the public keys come from.
    pub source: Source,
}

/// Where public keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A JWKS or a key in PEM, as it was pasted.
    Pasted(String),
    /// A JWKS that is fetched from this URL.
    Url(IssuerUrl),
}

/// Why a text can't be an issuer or an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than 255 characters.
    #[error("Use at most 255 characters.")]
    TooLong,
    /// It has line breaks or other control characters.
    #[error("This has an invisible control character.")]
    Control,
    /// Somebody pasted a key, or most of one. It must be neither kept nor shown again.
    #[error(
        "There is a key in it. An issuer or an audience is a name that your identity provider tells."
    )]
    HasKey,
}

/// Parses an issuer or an audience, which are compared character by character (RFC 7519, 2:
/// StringOrURI). An empty text is `None`.
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

/// Claims that do not name the user (RFC 7519, 4.1).
const NO_SUBJECT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Why a text can't be the name of the claim that replaces `sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is too long, is not ASCII, or is a list of names.
    #[error("Enter the name of one claim, like client_id: up to 64 visible ASCII characters.")]
    Shape,
    /// It is one of `NO_SUBJECT`.
    #[error("This claim doesn't say whose token it is. Use one like client_id or azp.")]
    Other,
    #[error("There is a key in it. Enter the name of a claim, like client_id.")]
    HasKey,
}

/// Parses the name of a claim, which is compared exactly (RFC 7519, 4). An empty text is `None`.
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
