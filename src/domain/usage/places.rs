//! Where a key is used.

use chrono::{NaiveDateTime, TimeDelta};

use super::noted::day_of;
use super::{Counts, PlaceKind, Range};
use crate::db::{DbConnection, KeyId, Result, usage_places};

/// An address or an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub place: String,
    pub counts: Counts,
}

/// Where a key is used: the places of each of its days that were kept, and the rest of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Most calls first.
    pub places: Vec<Place>,
    /// Calls from other places. Not zero: there were more than are kept.
    pub others: Counts,
}

/// The first day of which places are told: all of the day in which the range began.
pub fn first_day(range: Range, now: NaiveDateTime) -> NaiveDateTime {
    day_of(now - TimeDelta::hours(range.hours()))
}

/// Where a key was used on the days of the range, the one of `now` included.
pub fn places(
    connection: &mut DbConnection,
    key: &KeyId,
    kind: PlaceKind,
    range: Range,
    now: NaiveDateTime,
) -> Result<Places> {
    let since = first_day(range, now);
    let mut places = Vec::new();
    let mut others = Counts::default();
    for (place, accepted, refused) in usage_places::of_key(connection, key, kind, since)? {
        let counts = Counts::stored(accepted, refused);
        if place.is_empty() {
            others = counts;
        } else {
            places.push(Place { place, counts });
        }
    }
    places.sort_by(|a, b| b.counts.all().cmp(&a.counts.all()).then_with(|| a.place.cmp(&b.place)));
    Ok(Places { places, others })
}
