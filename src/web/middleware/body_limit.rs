//! How much, and how long, a body may be.

/// The largest form, in bytes. The longest legal one (a description of 500 characters of four bytes,
/// percent-encoded) stays below.
pub(crate) const PAGE_BODY_LIMIT: usize = 16 * 1024;
