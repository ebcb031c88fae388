//! What goes along with every change.

use chrono::NaiveDateTime;

use super::{Actor, CryptoRng};

/// Who changes something, and when, with the randomness for its ids and secrets.
pub struct Act<'a> {
    pub actor: &'a Actor,
    /// When, UTC.
    pub now: NaiveDateTime,
    rng: &'a mut dyn CryptoRng,
}

impl<'a> Act<'a> {
    /// By `actor` at `now`.
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
