//! Whether a key, project or name still exists, as far as its users can know, and the one rule that
//! every answer must obey.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// If several states count, the later one wins: a key exists only as long as itself, its
/// environment and its project do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Living,
    /// A deletion was sent but not answered, or not yet, so nobody knows.
    Unknown,
    /// A deletion was answered.
    Deleted,
}

/// The state of one thing, shared by all its users. Something new exists.
#[derive(Clone, Default)]
pub(super) struct Fate(Arc<AtomicU8>);

impl Fate {
    pub(super) fn state(&self) -> State {
        [State::Living, State::Unknown, State::Deleted][usize::from(self.0.load(Ordering::SeqCst))]
    }

    /// Lets one caller at most delete it. From here on, nobody knows its state.
    pub(super) fn claim(&self) -> bool {
        let (living, unknown) = (State::Living as u8, State::Unknown as u8);
        self.0.compare_exchange(living, unknown, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub(super) fn set(&self, state: State) {
        self.0.store(state as u8, Ordering::SeqCst);
    }
}

/// The state of something that exists as long as all of these do.
pub(super) fn of(fates: &[&Fate]) -> State {
    fates.iter().map(|fate| fate.state()).max().unwrap_or(State::Living)
}

/// The rule: what was deleted before a request began is refused, and what was not deleted until it
/// was answered is not.
#[track_caller]
pub(super) fn law(before: State, good: bool, after: State, what: &str) {
    match (before, after) {
        (State::Deleted, _) => assert!(!good, "good, and its deletion was answered before: {what}"),
        (_, State::Living) => assert!(good, "refused, and nobody deleted it: {what}"),
        (State::Living | State::Unknown, _) => {}
    }
}
