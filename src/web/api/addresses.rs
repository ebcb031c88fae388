//! Which addresses belong to programs.

/// Whether a path belongs to programs: JSON, no session.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/") || path == "/healthz" || path == "/readyz"
}

/// Whether a key is good for an environment, for gateways.
pub(crate) const VERIFY: &str = "/v1/verify";
pub(crate) const KEY: &str = "/v1/key";

/// The pattern that a path of the verifier has in the log. (Looking through the whole table for it
/// costs more than verifying.)
pub(crate) fn verify_pattern(path: &str) -> Option<&'static str> {
    let below = |endpoint| {
        path.strip_prefix(endpoint)
            .is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('/'))
    };
    if below(VERIFY) {
        Some("/v1/verify/{project}/{environment}")
    } else if below(KEY) {
        Some("/v1/key/{project}/{environment}")
    } else {
        None
    }
}
