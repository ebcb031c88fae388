//! Writes down which values were called, in the caller's transaction.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};

use super::super::{Counts, PLACES_A_DAY};
use super::{PlaceSeen, ValueEntry};
use crate::db::usage_value_places::{self, UsageValuePlace};
use crate::db::usage_values::{self, UsageValue};
use crate::db::{self, DbConnection, Lock, PlaceKind, Result};

/// A place that has not called for this long makes room for one that does.
const STALE: TimeDelta = TimeDelta::hours(24);
/// How many entries are written together: their places fit into one statement of PostgreSQL.
const AT_ONCE: usize = 200;

/// Identifies a place of a value.
type PlaceOf = (Vec<u8>, PlaceKind, String);

/// Adds these entries to the stored ones. As with all counts, only one replica writes at a time.
pub fn write_values(connection: &mut DbConnection, entries: &[ValueEntry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    db::lock(connection, Lock::Usage)?;
    for entries in entries.chunks(AT_ONCE) {
        let slots: Vec<UsageValue> = entries
            .iter()
            .map(|ValueEntry { slot: (digest, slot), tally }| {
                let Counts { accepted, refused } = tally.counts;
                UsageValue {
                    digest: digest.to_vec(),
                    slot: *slot,
                    accepted: stored(accepted),
                    refused: stored(refused),
                }
            })
            .collect();
        usage_values::add(connection, &slots)?;
        places(connection, entries)?;
    }
    Ok(())
}

/// The stored places of some values, and which of them have changed.
struct Known {
    rows: HashMap<PlaceOf, UsageValuePlace>,
    changed: Vec<PlaceOf>,
}

fn places(connection: &mut DbConnection, entries: &[ValueEntry]) -> Result<()> {
    let mut digests: Vec<&[u8]> = entries.iter().map(|entry| &entry.slot.0[..]).collect();
    digests.dedup(); // they are sorted
    let rows = usage_value_places::of_values(connection, &digests)?;
    let mut known = Known {
        rows: rows
            .into_iter()
            .map(|row| ((row.digest.clone(), row.kind, row.place.clone()), row))
            .collect(),
        changed: Vec::new(),
    };
    for entry in entries {
        for seen in &entry.tally.places {
            let place = (entry.slot.0.to_vec(), seen.place.kind(), seen.place.text());
            if let Some(stale) = known.add(place, seen) {
                usage_value_places::remove(connection, &stale.0, stale.1, &stale.2)?;
            }
        }
    }
    known.changed.sort_unstable();
    known.changed.dedup();
    let rows: Vec<UsageValuePlace> =
        known.changed.iter().filter_map(|place| known.rows.remove(place)).collect();
    usage_value_places::put(connection, &rows)
}

impl Known {
    /// Counts calls from a place. Returns the place that made room for it, if one did.
    fn add(&mut self, place: PlaceOf, seen: &PlaceSeen) -> Option<PlaceOf> {
        let (digest, kind, text) = &place;
        let of_others = (digest.clone(), *kind, String::new());
        if text.is_empty() || self.rows.contains_key(&place) {
            self.count(place, seen.counts, seen.last_at);
            return None;
        }
        let kept = || {
            self.rows
                .values()
                .filter(|row| row.digest == *digest && row.kind == *kind && !row.place.is_empty())
        };
        if kept().count() < PLACES_A_DAY {
            self.count(place, seen.counts, seen.last_at);
            return None;
        }
        let stale =
            kept().filter(|row| row.last_at < seen.last_at - STALE).min_by_key(|row| row.last_at);
        let Some(stale) = stale.map(|row| (row.digest.clone(), row.kind, row.place.clone())) else {
            self.count(of_others, seen.counts, seen.last_at);
            return None;
        };
        if let Some(row) = self.rows.remove(&stale) {
            self.count(of_others, Counts::stored(row.accepted, row.refused), row.last_at);
        }
        self.count(place, seen.counts, seen.last_at);
        Some(stale)
    }

    fn count(&mut self, place: PlaceOf, counts: Counts, last_at: NaiveDateTime) {
        let row = self.rows.entry(place.clone()).or_insert_with(|| {
            let (digest, kind, place) = place.clone();
            UsageValuePlace { digest, kind, place, accepted: 0, refused: 0, last_at }
        });
        row.accepted = row.accepted.saturating_add(stored(counts.accepted));
        row.refused = row.refused.saturating_add(stored(counts.refused));
        row.last_at = row.last_at.max(last_at);
        self.changed.push(place);
    }
}

fn stored(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
