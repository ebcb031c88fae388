//! The clock. Everywhere else the time is an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{NaiveDateTime, SubsecRound, TimeDelta, Utc};

/// A clock that tests can move.
#[derive(Debug, Clone)]
pub struct Clock {
    began: NaiveDateTime,
    running_since: Instant,
    ahead_seconds: Arc<AtomicI64>,
    jumped_seconds: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            began: wall(),
            running_since: Instant::now(),
            ahead_seconds: Arc::default(),
            jumped_seconds: Arc::default(),
        }
    }
}

/// In whole microseconds: PostgreSQL stores no smaller units, and both databases must agree.
fn wall() -> NaiveDateTime {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time comes from")]
    let now = Utc::now();
    now.naive_utc().trunc_subsecs(6)
}

impl Clock {
    /// The current time in UTC by the machine's clock, which somebody may set.
    pub fn now(&self) -> NaiveDateTime {
        let moved = self.ahead_seconds.load(Ordering::Relaxed)
            + self.jumped_seconds.load(Ordering::Relaxed);
        wall() + TimeDelta::seconds(moved)
    }

    /// How long this process has been running, for what must not jump when somebody sets the clock.
    pub fn elapsed(&self) -> Duration {
        let ahead = self.ahead_seconds.load(Ordering::Relaxed);
        let moved = Duration::from_secs(ahead.unsigned_abs());
        let running = self.running_since.elapsed();
        if ahead < 0 { running.saturating_sub(moved) } else { running + moved }
    }

    /// A time that has surely come, if the clock was right when the process started. It is used for
    /// deleting old data: if the clock jumps ten years ahead and back again, nothing must be lost
    /// that can't be restored.
    pub fn lower_bound(&self) -> NaiveDateTime {
        let elapsed = TimeDelta::from_std(self.elapsed()).unwrap_or_default();
        self.now().min((self.began + elapsed).trunc_subsecs(6))
    }

    /// Moves this clock and its clones ahead, as if the time had passed.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }

    /// Sets this clock and its clones, as an administrator or a time server may.
    pub fn jump(&self, by: TimeDelta) {
        self.jumped_seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
