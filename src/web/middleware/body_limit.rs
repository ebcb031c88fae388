//! How much, and how long, a body may be.

use std::time::Duration;

/// The largest form, in bytes. The longest legal one (a description of 500 characters of four bytes,
/// percent-encoded) stays below.
pub(crate) const PAGE_BODY_LIMIT: usize = 16 * 1024;

/// The largest form with pasted keys: a JWKS with certificates in it, percent-encoded.
pub(crate) const KEYS_BODY_LIMIT: usize = 128 * 1024;

/// How long a form may take after its head. Most arrive with it.
pub(crate) const PAGE_BODY_TIME: Duration = Duration::from_secs(5);
