//! Why calls with a key were refused, as its page shows it.

use super::usage_views::count;
use crate::db::RefusalReason;

/// One reason, and how many calls were refused for it.
pub(crate) struct Reason {
    pub(crate) text: &'static str,
    pub(crate) calls: String,
}

impl Reason {
    pub(crate) fn of((reason, calls): (RefusalReason, u64)) -> Self {
        Self { text: text(reason), calls: count(calls) }
    }
}

/// The reason in words. It does not name the other environment or project, because nobody may learn
/// of it here.
fn text(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::Deleted => "deleted key",
        RefusalReason::Rotated => "value that was rotated away",
        RefusalReason::Expired => "expired key",
        RefusalReason::Paused => "paused key",
        RefusalReason::OtherEnvironment => "another environment",
        RefusalReason::OtherProject => "another project",
        RefusalReason::Address => "address not allowed",
        RefusalReason::Origin => "origin not allowed",
        RefusalReason::Browser => "secret key in a browser",
        RefusalReason::Token => "bad access token",
        RefusalReason::Scope => "scopes",
        RefusalReason::Right => "access rules",
        RefusalReason::Request => "unclear request",
        RefusalReason::Rate => "rate limit",
    }
}
