//! What was verified: how often, when last, from where, and why not, for each key that we know.
//!
//! A call is noted in memory ([`Noted`], which has a `tally` for each key and hour) and written to
//! the tables `usage_*` later ([`write()`]), never on the path of a request. Both are bounded: what
//! is kept in memory, and what a day of a key takes in the database.

mod after_deletion;
mod began;
mod in_use;
mod last_used;
mod noted;
mod places;
mod prune;
mod reasons;
mod series;
mod tally;
mod values;
mod write;

use std::ops::AddAssign;

pub use after_deletion::{CallsAfterDeletion, LATELY};
pub use began::{began, begin};
pub use in_use::{InUse, in_use};
pub use last_used::{LastUsed, last_used};
pub use noted::{Call, CalledKey, KeyHour, Noted, day_of, hour_of};
pub use places::{PlaceCalls, Places, places};
pub use prune::{Forgotten, prune};
pub use reasons::reasons;
pub use series::{Day, Hour, Range, Totals, days, first_day, first_hour, last_day, series, totals};
pub use values::{
    Caller, NotedValues, Value, ValueCall, ValueEntry, ValueUse, forget_value, value_use,
    write_values,
};
pub use write::write;

pub use crate::db::PlaceKind;
pub use crate::db::usage_latest::UsageLatest as Latest;

use crate::db::{self, DbConnection, KeyId};

/// How many different addresses, and how many different origins, are kept for one day of a key. All
/// others are counted together.
pub const PLACES_A_DAY: usize = 20;

/// How many calls there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub accepted: u64,
    pub refused: u64,
}

impl Counts {
    fn one(accepted: bool) -> Self {
        Self { accepted: accepted.into(), refused: (!accepted).into() }
    }

    fn stored(accepted: i64, refused: i64) -> Self {
        Self {
            accepted: accepted.try_into().unwrap_or(0),
            refused: refused.try_into().unwrap_or(0),
        }
    }

    pub fn all(self) -> u64 {
        self.accepted + self.refused
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
    }
}

/// The last accepted and the last refused call of a key, deleted or not. `None`: nobody ever
/// called.
pub fn latest(connection: &mut DbConnection, key: &KeyId) -> db::Result<Option<Latest>> {
    Ok(db::usage_latest::of_keys(connection, std::slice::from_ref(key))?.pop())
}
