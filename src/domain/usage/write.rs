//! Writes down what was noted, in the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDateTime;

use super::noted::{KeyHour, day_of};
use super::{Counts, PLACES_A_DAY, PlaceKind};
use crate::db::usage_hours::{self, UsageHour};
use crate::db::usage_latest::{self, Called};
use crate::db::usage_places::{self, UsagePlace};
use crate::db::usage_refusals::{self, UsageRefusal};
use crate::db::{self, DbConnection, KeyId, Lock, RefusalReason, Result};

/// The day of a key, and a kind of places.
type Day = (u128, NaiveDateTime, PlaceKind);

/// Adds these entries to the stored counts. The replicas write one after the other. Otherwise they
/// could wait for each other's rows in a circle, and each of them would let in as many places as
/// all may together.
pub fn write(connection: &mut DbConnection, entries: &[KeyHour]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    db::lock(connection, Lock::Usage)?;
    let hours: Vec<UsageHour> = entries
        .iter()
        .map(|entry| {
            let Counts { accepted, refused } = entry.tally.counts();
            UsageHour {
                key_id: entry.key(),
                hour: entry.hour,
                accepted: stored(accepted),
                refused: stored(refused),
            }
        })
        .collect();
    usage_hours::add(connection, &hours)?;
    usage_refusals::add(connection, &refusals(entries))?;
    latest(connection, entries)?;

    let keys: Vec<KeyId> = entries
        .iter()
        .map(|entry| entry.number)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(KeyId::of_number)
        .collect();
    places(connection, entries, &keys)
}

fn refusals(entries: &[KeyHour]) -> Vec<UsageRefusal> {
    let of_entry = |entry: &KeyHour| {
        let (key, hour) = (entry.key(), entry.hour);
        let row = move |(reason, calls): &(RefusalReason, u32)| UsageRefusal {
            key_id: key.clone(),
            hour,
            reason: *reason,
            calls: i64::from(*calls),
        };
        entry.tally.reasons().iter().map(row).collect::<Vec<_>>()
    };
    entries.iter().filter(|entry| !entry.tally.reasons().is_empty()).flat_map(of_entry).collect()
}

/// The entries of a key stand next to each other.
fn latest(connection: &mut DbConnection, entries: &[KeyHour]) -> Result<()> {
    let mut rows: Vec<Called> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = entry.key();
        if rows.last().is_none_or(|row| row.key_id != key) {
            rows.push(Called::new(key, entry.environment(), entry.tally.kind));
        }
        let Some(row) = rows.last_mut() else { continue };
        row.accepted_at = row.accepted_at.max(entry.tally.accepted_at);
        if let Some((at, address)) = entry.tally.refused()
            && row.refused_at.is_none_or(|before| before <= at)
        {
            row.refused_at = Some(at);
            row.refused_address = address.map(|address| address.to_string());
        }
    }
    usage_latest::put(connection, rows)
}

/// The first places of a day have rows of their own, and all others share one.
fn places(connection: &mut DbConnection, entries: &[KeyHour], keys: &[KeyId]) -> Result<()> {
    let days: Vec<NaiveDateTime> = entries
        .iter()
        .map(|entry| day_of(entry.hour))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut known: HashMap<Day, HashSet<String>> = HashMap::new();
    for (key, day, kind, place) in usage_places::known(connection, keys, &days)? {
        if let Some(number) = key.number() {
            known.entry((number, day, kind)).or_default().insert(place);
        }
    }
    let mut rows: BTreeMap<(Day, String), Counts> = BTreeMap::new();
    for entry in entries {
        let (day, tally) = (day_of(entry.hour), &entry.tally);
        let addresses = (entry.number, day, PlaceKind::Address);
        gather(&mut rows, known.entry(addresses).or_default(), addresses, tally.addresses());
        let origins = (entry.number, day, PlaceKind::Origin);
        gather(&mut rows, known.entry(origins).or_default(), origins, tally.origins());
    }
    let rows: Vec<UsagePlace> = rows
        .into_iter()
        .map(|(((number, day, kind), place), Counts { accepted, refused })| UsagePlace {
            key_id: KeyId::of_number(number),
            day,
            kind,
            place,
            accepted: stored(accepted),
            refused: stored(refused),
        })
        .collect();
    usage_places::add(connection, &rows)
}

fn gather(
    rows: &mut BTreeMap<(Day, String), Counts>,
    known: &mut HashSet<String>,
    day: Day,
    places: impl Iterator<Item = (Option<String>, Counts)>,
) {
    for (place, counts) in places {
        let fits = |place: &String| {
            known.contains(place) || (known.len() < PLACES_A_DAY && known.insert(place.clone()))
        };
        *rows.entry((day, place.filter(fits).unwrap_or_default())).or_default() += counts;
    }
}

fn stored(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
