//! The time is an argument everywhere; this is where it comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{NaiveDateTime, SubsecRound, TimeDelta, Utc};

/// A clock that tests can move.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// Now, UTC, in whole microseconds: PostgreSQL keeps no more, and both databases must agree.
    pub fn now(&self) -> NaiveDateTime {
        #[expect(clippy::disallowed_methods, reason = "the one place where the time comes from")]
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        now + TimeDelta::seconds(self.ahead_seconds.load(Ordering::Relaxed))
    }

    /// Moves this clock and its clones.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
