//! Access tokens of end users: JSON Web Tokens (RFC 7519) that somebody else issues, and that a
//! publishable key may be accompanied by.
//!
//! What makes a token good is decided here and not by the library's own rules: those take the
//! system's time, and let pass what a careful reader must refuse (RFC 8725). The library does the
//! cryptography.

mod check;
mod encoding;
mod issuer_url;
mod keys;
mod settings;

pub use check::{Seen, Token, TokenError};
pub use issuer_url::{IssuerUrl, UrlError, is_public};
pub use keys::{KeySet, KeySetError};
pub use settings::{Settings, Source, TextError, parse_text};
