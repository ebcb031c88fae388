//! The state of a living key in SQL: the twin of [`crate::model::KeyTimes`], and the only place where
//! SQL compares those times. `tests/api_keys/state.rs` holds the two together on both databases.
//!
//! Where a condition looks longer than it must be, a partial index says it in these very words, and
//! without them SQLite reads the keys of all projects.

use chrono::NaiveDateTime;
use diesel::dsl::auto_type;
use diesel::prelude::*;

use crate::db::schema::api_keys;

/// Its time is not over.
#[auto_type]
pub(super) fn unexpired(now: NaiveDateTime) -> _ {
    let ahead = api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now));
    ahead.and(api_keys::expired_at.is_null())
}

/// Its time is over for good.
#[auto_type]
pub(super) fn expired(now: NaiveDateTime) -> _ {
    let over = api_keys::expires_at.le(now).or(api_keys::expired_at.is_not_null());
    api_keys::expires_at.is_not_null().and(over)
}

/// The clock says that it is over, and nobody has noted it yet.
#[auto_type]
pub(super) fn expired_unnoted(now: NaiveDateTime) -> _ {
    api_keys::expires_at.le(now).and(api_keys::expired_at.is_null())
}

/// Its time is not over, and will be by `until`.
#[auto_type]
pub(super) fn expires_by(now: NaiveDateTime, until: NaiveDateTime) -> _ {
    let between = api_keys::expires_at.gt(now).and(api_keys::expires_at.le(until));
    between.and(api_keys::expired_at.is_null())
}

#[auto_type]
pub(super) fn active(now: NaiveDateTime) -> _ {
    let unexpired: unexpired = unexpired(now);
    unexpired.and(api_keys::paused_at.is_null())
}

/// Refused until somebody resumes it.
#[auto_type]
pub(super) fn paused(now: NaiveDateTime) -> _ {
    let unexpired: unexpired = unexpired(now);
    unexpired.and(api_keys::paused_at.is_not_null())
}

/// Its time is not over, and its value was reported as leaked, or the one before while that works.
#[auto_type]
pub(super) fn leaked(now: NaiveDateTime) -> _ {
    let either = api_keys::leaked_at.is_not_null().or(api_keys::former_leaked_at.is_not_null());
    let former = api_keys::former_leaked_at.is_not_null().and(api_keys::overlap_until.gt(now));
    let unexpired: unexpired = unexpired(now);
    either.and(unexpired).and(api_keys::leaked_at.is_not_null().or(former))
}
