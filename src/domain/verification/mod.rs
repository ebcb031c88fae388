//! Decides whether a presented key is good for this environment and this call, and for whom it
//! speaks.
//!
//! It happens in steps, so that many requests can share one of them: `Digest::of_presented` checks
//! shape and checksum, [`look_up`] asks the database, and [`judge`] begins the verdict, a chain of
//! types in which no step can be left out or come in another order.

mod refusal;
#[cfg(test)]
mod tests;
mod verdict;

pub use crate::db::verification::{
    Answer, AskedEnvironments, CountedKey, Damaged, FoundKey, Gone, Home, Question, Verifiable,
    find_all, look_up,
};
pub use crate::model::{Group, RefusalReason};
pub use refusal::Refusal;
pub use verdict::{Identity, NeedsRules, NeedsTarget, NeedsTurn, NeedsUser, judge};
