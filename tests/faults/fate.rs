//! Whether a key, project or name still exists, as far as its users can know, and the one rule that
//! every answer must obey.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A later one wins where several count: a key lives while it does, its environment and its
/// project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Living,
    /// A delete was sent, and not answered, or not yet: nobody knows.
    Unknown,
    /// A delete was answered.
    Deleted,
}

/// The state of one thing, shared by all who use it. Something new lives.
#[derive(Clone, Default)]
pub(super) struct Fate(Arc<AtomicU8>);

impl Fate {
    pub(super) fn state(&self) -> State {
        [State::Living, State::Unknown, State::Deleted][usize::from(self.0.load(Ordering::SeqCst))]
    }

    /// Whoever is about to delete it: one at the most. From here on nobody knows.
    pub(super) fn claim(&self) -> bool {
        let (living, unknown) = (State::Living as u8, State::Unknown as u8);
        self.0.compare_exchange(living, unknown, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub(super) fn set(&self, state: State) {
        self.0.store(state as u8, Ordering::SeqCst);
    }
}

/// The state of something that lives while all of these do.
pub(super) fn of(fates: &[&Fate]) -> State {
    fates.iter().map(|fate| fate.state()).max().unwrap_or(State::Living)
}

/// What was deleted before a request began is refused to it; what nobody deleted until it was
/// answered is not.
#[track_caller]
pub(super) fn law(before: State, good: bool, after: State, what: &str) {
    match (before, after) {
        (State::Deleted, _) => assert!(!good, "good, and its deletion was answered before: {what}"),
        (_, State::Living) => assert!(good, "refused, and nobody deleted it: {what}"),
        (State::Living | State::Unknown, _) => {}
    }
}
