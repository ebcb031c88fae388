//! The state of a living key in SQL: the same conditions as in [`crate::model::KeyTimes`], and the
//! only place where SQL compares those times. `tests/api_keys/state.rs` checks on both databases
//! that the two agree.
//!
//! Where a condition looks longer than it has to be, it repeats the words of a partial index. With
//! other words SQLite would not use that index, and read the keys of all projects.

use chrono::NaiveDateTime;
use diesel::dsl::auto_type;
use diesel::prelude::*;

use crate::db::schema::api_keys;

/// The key has not expired.
#[auto_type]
pub(super) fn unexpired(now: NaiveDateTime) -> _ {
    let ahead = api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now));
    ahead.and(api_keys::expired_at.is_null())
}

/// The key has expired.
#[auto_type]
pub(super) fn expired(now: NaiveDateTime) -> _ {
    let over = api_keys::expires_at.le(now).or(api_keys::expired_at.is_not_null());
    api_keys::expires_at.is_not_null().and(over)
}

/// The key has expired by the clock, and that has not been noted yet.
#[auto_type]
pub(super) fn expired_unnoted(now: NaiveDateTime) -> _ {
    api_keys::expires_at.le(now).and(api_keys::expired_at.is_null())
}

/// The key has not expired, and will have by `until`.
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

/// The key is refused until somebody resumes it.
#[auto_type]
pub(super) fn paused(now: NaiveDateTime) -> _ {
    let unexpired: unexpired = unexpired(now);
    unexpired.and(api_keys::paused_at.is_not_null())
}

/// The key has not expired, and its value, or the former one while that still works, was reported
/// as leaked.
#[auto_type]
pub(super) fn leaked(now: NaiveDateTime) -> _ {
    let either = api_keys::leaked_at.is_not_null().or(api_keys::former_leaked_at.is_not_null());
    let former = api_keys::former_leaked_at.is_not_null().and(api_keys::overlap_until.gt(now));
    let unexpired: unexpired = unexpired(now);
    either.and(unexpired).and(api_keys::leaked_at.is_not_null().or(former))
}
