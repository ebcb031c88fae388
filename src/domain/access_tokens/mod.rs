//! Access tokens of end users: JSON Web Tokens (RFC 7519) that somebody else issues, and that may
//! come with a publishable key.
//!
//! Whether a token is good is decided here and not by a library for tokens: those use the system's
//! clock, and accept what a careful reader must refuse (RFC 8725). AWS-LC does the cryptography. It
//! has all the algorithms; `jsonwebtoken`, which is based on it, lacks ES512.

mod algorithms;
mod check;
mod encoding;
mod issuer_url;
mod key;
mod key_set;
mod settings;

pub use check::{ReadableToken, Token, TokenError};
pub use issuer_url::{IssuerUrl, UrlError, is_public};
pub use key::KeyError;
pub use key_set::{KeySet, KeySetError, PassedOver, jwks_uri, key_text};
pub use settings::{Settings, Source, TextError, parse_claim, parse_text};
