//! The jobs of the hashing threads. Those of known browsers go first, and each kind is done in
//! order.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Whether a job goes before those of strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    Known,
    Other,
}

#[derive(Default)]
struct State {
    known: VecDeque<Job>,
    other: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Jobs {
    state: Mutex<State>,
    changed: Condvar,
}

impl Jobs {
    pub(super) fn push(&self, priority: Priority, job: Job) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match priority {
            Priority::Known => state.known.push_back(job),
            Priority::Other => state.other.push_back(job),
        }
        self.changed.notify_one();
    }

    /// Waits for the next job. `None` if there will be no more.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = state.known.pop_front().or_else(|| state.other.pop_front()) {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the threads once there is nothing left to do.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn known_browsers_go_first_and_what_was_begun_is_done() {
        let (jobs, done) = (Jobs::default(), Arc::new(Mutex::new(Vec::new())));
        for (priority, name) in [
            (Priority::Other, "a"),
            (Priority::Known, "b"),
            (Priority::Other, "c"),
            (Priority::Known, "d"),
        ] {
            let done = Arc::clone(&done);
            jobs.push(priority, Box::new(move || done.lock().unwrap().push(name)));
        }
        jobs.close();
        while let Some(job) = jobs.next() {
            job();
        }
        assert_eq!(*done.lock().unwrap(), ["b", "d", "a", "c"]);
    }
}
