//! What is known of the calls with a value.

use chrono::{NaiveDateTime, TimeDelta};

use super::super::Counts;
use super::{slot_of, tag};
use crate::db::{DbConnection, KeyId, PlaceKind, Result, usage_value_places, usage_values};

/// Who calls a value, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueUse {
    /// In the last hour: rather a few minutes too much than a call too few.
    pub hour: Counts,
    /// In the last 24 hours.
    pub day: Counts,
    /// The last one.
    pub last: Option<NaiveDateTime>,
    /// Refused in the last 24 hours, and since the time that was asked for.
    pub refused: u64,
    /// Where they came from, the last caller first, and in the end all others.
    pub addresses: Vec<Caller>,
    /// The same of what browsers sent as `Origin`.
    pub origins: Vec<Caller>,
}

/// A place that a value was called from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// An address, or an origin; empty: all others.
    pub place: String,
    pub counts: Counts,
    /// When last.
    pub last: NaiveDateTime,
}

/// What is known of the calls with the value of this digest of a key; `refused` counts those that
/// came `since` then.
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
    // Each call has an address, if only one of the others.
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
    // The first slot may have begun before: what is not so late is told as it is.
    if found.last.is_none_or(|last| last < hour) {
        found.hour = Counts::default();
    }
    if found.last.is_none_or(|last| last < day) {
        found.day = Counts::default();
    }
    Ok(found)
}

/// Forgets the calls with a value of a key.
pub fn forget_value(connection: &mut DbConnection, key: &KeyId, digest: &[u8]) -> Result<()> {
    usage_values::forget(connection, &tag(key, digest))
}
