//! Where a key is used from.

use chrono::NaiveDateTime;

use super::{Counts, PlaceKind};
use crate::db::{DbConnection, KeyId, Result, usage_places};

/// An address or an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceCalls {
    pub place: String,
    pub counts: Counts,
}

/// Where a key is used from: the places that were kept for each day, and all others together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The places with most calls come first.
    pub places: Vec<PlaceCalls>,
    /// Calls from other places. If there are any, there were more places than are kept.
    pub others: Counts,
}

/// Where a key was used from the day `since` on.
pub fn places(
    connection: &mut DbConnection,
    key: &KeyId,
    kind: PlaceKind,
    since: NaiveDateTime,
) -> Result<Places> {
    let mut places = Vec::new();
    let mut others = Counts::default();
    for (place, accepted, refused) in usage_places::of_key(connection, key, kind, since)? {
        let counts = Counts::stored(accepted, refused);
        if place.is_empty() {
            others = counts;
        } else {
            places.push(PlaceCalls { place, counts });
        }
    }
    places.sort_by(|a, b| b.counts.all().cmp(&a.counts.all()).then_with(|| a.place.cmp(&b.place)));
    Ok(Places { places, others })
}
