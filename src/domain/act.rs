//! The context of a change.

use chrono::NaiveDateTime;

use super::{Actor, CryptoRng};

/// Who makes a change and when, with the random source for its ids and secrets.
pub struct Act<'a> {
    pub actor: &'a Actor,
    /// The time of the change, UTC.
    pub now: NaiveDateTime,
    rng: &'a mut dyn CryptoRng,
}

impl<'a> Act<'a> {
    /// A change by `actor` at `now`.
    pub fn new(actor: &'a Actor, now: NaiveDateTime, rng: &'a mut dyn CryptoRng) -> Self {
        Self { actor, now, rng }
    }

    pub fn rng(&mut self) -> &mut impl CryptoRng {
        &mut self.rng
    }
}

impl std::fmt::Debug for Act<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Act")
            .field("actor", self.actor)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
