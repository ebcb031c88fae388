//! What is known about the calls with a value.

use chrono::{NaiveDateTime, TimeDelta};

use super::super::Counts;
use super::{slot_of, tag};
use crate::db::{DbConnection, KeyId, PlaceKind, Result, usage_value_places, usage_values};

/// Who calls a value, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueUse {
    /// The calls of the last hour. It may include some from a few minutes before, but leaves none
    /// out.
    pub hour: Counts,
    /// The calls of the last 24 hours.
    pub day: Counts,
    /// When the last call came.
    pub last: Option<NaiveDateTime>,
    /// How many calls of the last 24 hours were refused since the time that was asked for.
    pub refused: u64,
    /// The addresses, the most recent caller first, and all others at the end.
    pub addresses: Vec<Caller>,
    /// The same for the `Origin` that browsers sent.
    pub origins: Vec<Caller>,
}

/// A place that a value was called from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// An address or an origin. Empty: all others.
    pub place: String,
    pub counts: Counts,
    /// When it last called.
    pub last: NaiveDateTime,
}

/// What is known about the calls with the value of a key that has this digest. `refused` counts
/// calls from `since` on.
pub fn value_use(
    connection: &mut DbConnection,
    key: &KeyId,
    digest: &[u8],
    since: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<ValueUse> {
    let (tag, mut found) = (tag(key, digest), ValueUse::default());
    for row in usage_value_places::of_values(connection, &[&tag[..]])? {
        let caller = Caller {
            place: row.place,
            counts: Counts::stored(row.accepted, row.refused),
            last: row.last_at,
        };
        match row.kind {
            PlaceKind::Address => found.addresses.push(caller),
            PlaceKind::Origin => found.origins.push(caller),
        }
    }
    for callers in [&mut found.addresses, &mut found.origins] {
        callers.sort_by(|a, b| {
            (a.place.is_empty(), b.last, &a.place).cmp(&(b.place.is_empty(), a.last, &b.place))
        });
    }
    // Every call has an address, even if it is counted among the others.
    found.last = found.addresses.iter().map(|caller| caller.last).max();
    let hour = now - TimeDelta::hours(1);
    let day = now - TimeDelta::hours(24);
    for row in usage_values::of_value(connection, &tag, slot_of(day))? {
        let counts = Counts::stored(row.accepted, row.refused);
        found.day += counts;
        if row.slot >= slot_of(hour) {
            found.hour += counts;
        }
        if row.slot >= slot_of(since) {
            found.refused += counts.refused;
        }
    }
    // The first slot may have begun earlier, so the time of the last call decides whether there
    // were any.
    if found.last.is_none_or(|last| last < hour) {
        found.hour = Counts::default();
    }
    if found.last.is_none_or(|last| last < day) {
        found.day = Counts::default();
    }
    Ok(found)
}

/// Deletes the counts of calls with a value of a key.
pub fn forget_value(connection: &mut DbConnection, key: &KeyId, digest: &[u8]) -> Result<()> {
    usage_values::forget(connection, &tag(key, digest))
}
