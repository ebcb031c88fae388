//! The addresses of the API.

/// Whether a path belongs to the API, which has JSON and no sessions.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/") || path == "/healthz" || path == "/readyz"
}

/// Where gateways ask whether a key is good for an environment.
pub(crate) const VERIFY: &str = "/v1/verify";
pub(crate) const KEY: &str = "/v1/key";

/// The pattern of a path of the verifier, for the log. Searching the whole table of routes for it
/// would cost more than the verification.
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
