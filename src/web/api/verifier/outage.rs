//! Logs an outage of the database once when it begins, and once when it is over, with the number of
//! failed look-ups.

use std::cell::RefCell;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// An outage is over when no look-up has failed for this long. A database that comes back and fails
/// again is one outage.
const QUIET: Duration = Duration::from_secs(1);

/// The outage of a worker, while there is one.
#[derive(Default)]
pub(super) struct Outage(RefCell<Option<Failures>>);

struct Failures {
    first: Instant,
    last: Instant,
    count: usize,
}

impl Outage {
    /// Notes that this many look-ups failed.
    pub(super) fn failed(&self, count: usize, error: &dyn Display) {
        if self.count(count) {
            tracing::warn!(%error, "keys can't be looked up; how many is said when it is over");
        }
    }

    /// Notes that look-ups were answered.
    pub(super) fn answered(&self) {
        if let Some(Failures { first, last, count }) = self.over() {
            let seconds = (last - first).as_secs_f64();
            tracing::warn!(look_ups = count, seconds, "keys are looked up again");
        }
    }

    /// Counts failures, and returns whether they are the first.
    fn count(&self, count: usize) -> bool {
        let now = Instant::now();
        let mut failures = self.0.borrow_mut();
        match &mut *failures {
            Some(failures) => {
                failures.count += count;
                failures.last = now;
                false
            }
            None => {
                *failures = Some(Failures { first: now, last: now, count });
                true
            }
        }
    }

    fn over(&self) -> Option<Failures> {
        let mut failures = self.0.borrow_mut();
        failures.take_if(|failures| failures.last.elapsed() >= QUIET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_once_and_is_over_after_a_second_without_failures() {
        let outage = Outage::default();
        assert_eq!([3, 1, 2].map(|count| outage.count(count)), [true, false, false]);
        assert!(outage.over().is_none(), "it may fail again in a moment");
        outage.0.borrow_mut().as_mut().unwrap().last -= QUIET;
        assert_eq!(outage.over().unwrap().count, 6);
        assert!(outage.over().is_none() && outage.count(1));
    }
}
