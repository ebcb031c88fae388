//! The time is an argument everywhere; this is where it comes from.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

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

    /// How long this process runs: for what must not jump when somebody sets the time.
    pub fn elapsed(&self) -> Duration {
        static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
        let ahead = self.ahead_seconds.load(Ordering::Relaxed);
        let moved = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 { STARTED.elapsed().saturating_sub(moved) } else { STARTED.elapsed() + moved }
    }

    /// Moves this clock and its clones.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
