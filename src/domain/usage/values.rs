//! Counts which of the two values of a key is called during an overlap, and by whom, and afterwards
//! who still calls the one that was replaced. It is separate from the other counts, because few
//! calls are concerned.
//!
//! It is kept in memory until it is written. A flood of places can't make it grow without limit.

mod told;
mod write;

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use sha2::{Digest as _, Sha256};

use super::tally::shown;
use super::{Counts, PLACES_A_DAY};
use crate::db::{KeyId, Kind, PlaceKind};
use crate::domain::verification::FoundKey;

pub use told::{Caller, ValueUse, forget_value, value_use};
pub use write::write_values;

/// How many values are kept at once; a value counts once for each slot.
const VALUES: usize = 10_000;
/// How many addresses and origins are kept at once, over all values.
const PLACES: usize = 50_000;
/// The length of a slot in minutes.
const SLOT: u32 = 5;

/// One of the two values of a key, or one that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    tag: [u8; 32],
    kind: Kind,
}

impl Value {
    /// The presented value, if it is not the only one of its key.
    pub fn of(found: &FoundKey) -> Option<Self> {
        let FoundKey { digest, key, .. } = found;
        let one_of_two = key.times.is_one_of_two();
        one_of_two.then(|| Self { tag: tag(&key.id, digest), kind: key.kind })
    }
}

/// Identifies a value of a key. The digest alone would not do: a key of another project may have
/// the same, and this project must not see its callers.
pub(super) fn tag(key: &KeyId, digest: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(key.as_str()).chain_update(digest).finalize().into()
}

/// A decision about a call with such a value.
#[derive(Debug, Clone, Copy)]
pub struct ValueCall<'a> {
    pub value: Value,
    /// Whether the call was let through.
    pub accepted: bool,
    pub at: NaiveDateTime,
    pub address: Option<IpAddr>,
    /// The `Origin` that a browser sent.
    pub origin: Option<&'a str>,
}

/// A value, and the slot of time in which it was called.
type Slot = ([u8; 32], NaiveDateTime);

/// What was noted about a value within a slot.
#[derive(Debug)]
pub struct ValueEntry {
    slot: Slot,
    tally: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    places: Vec<PlaceSeen>,
}

#[derive(Debug)]
struct PlaceSeen {
    place: CallerPlace,
    counts: Counts,
    last_at: NaiveDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum CallerPlace {
    Address(IpAddr),
    Origin(String),
    Others(PlaceKind),
}

impl CallerPlace {
    fn kind(&self) -> PlaceKind {
        match self {
            Self::Address(_) => PlaceKind::Address,
            Self::Origin(_) => PlaceKind::Origin,
            Self::Others(kind) => *kind,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Origin(origin) => origin.clone(),
            Self::Others(_) => String::new(),
        }
    }
}

/// Everything that was noted and is not written yet.
#[derive(Debug, Default)]
pub struct NotedValues {
    slots: HashMap<Slot, Tally>,
    places: usize,
}

impl NotedValues {
    /// Notes a call. If there is no room, the call is counted for the key, but not for the value.
    pub fn note(&mut self, call: &ValueCall<'_>) {
        let room = self.places < PLACES;
        let slot = (call.value.tag, slot_of(call.at));
        if self.slots.len() >= VALUES && !self.slots.contains_key(&slot) {
            return;
        }
        let tally = self.slots.entry(slot).or_default();
        let counts = Counts::one(call.accepted);
        tally.counts += counts;
        let before = tally.places.len();
        let address = |seen: &PlaceSeen| matches!((&seen.place, call.address), (CallerPlace::Address(seen), Some(called)) if *seen == called);
        tally.add(PlaceKind::Address, counts, call.at, room, address, || {
            call.address.map(CallerPlace::Address)
        });
        if let (Kind::Publishable, Some(origin)) = (call.value.kind, call.origin) {
            let same = |seen: &PlaceSeen| matches!(&seen.place, CallerPlace::Origin(seen) if seen == origin);
            tally.add(PlaceKind::Origin, counts, call.at, room, same, || {
                shown(origin).map(CallerPlace::Origin)
            });
        }
        self.places += tally.places.len() - before;
    }

    /// Takes out everything, sorted by value and time.
    pub fn take(&mut self) -> Vec<ValueEntry> {
        let mut entries: Vec<ValueEntry> = std::mem::take(self)
            .slots
            .into_iter()
            .map(|(slot, tally)| ValueEntry { slot, tally })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.slot);
        entries
    }

    /// Puts back an entry that could not be written.
    pub fn put_back(&mut self, ValueEntry { slot, tally: from }: ValueEntry) {
        if self.slots.len() >= VALUES && !self.slots.contains_key(&slot) {
            return;
        }
        let room = self.places < PLACES;
        let tally = self.slots.entry(slot).or_default();
        let before = tally.places.len();
        tally.counts += from.counts;
        for PlaceSeen { place, counts, last_at } in from.places {
            tally.add(
                place.kind(),
                counts,
                last_at,
                room,
                |seen| seen.place == place,
                || Some(place.clone()),
            );
        }
        self.places += tally.places.len() - before;
    }
}

impl Tally {
    fn add(
        &mut self,
        kind: PlaceKind,
        counts: Counts,
        at: NaiveDateTime,
        room: bool,
        same: impl Fn(&PlaceSeen) -> bool,
        place: impl FnOnce() -> Option<CallerPlace>,
    ) {
        let others = CallerPlace::Others(kind);
        let at_of = |places: &[PlaceSeen]| places.iter().position(|seen| seen.place == others);
        let known = self.places.iter().position(same).or_else(|| {
            let kept = self
                .places
                .iter()
                .filter(|seen| seen.place.kind() == kind && seen.place != others)
                .count();
            if room && kept < PLACES_A_DAY {
                place().map(|place| {
                    self.places.push(PlaceSeen { place, counts: Counts::default(), last_at: at });
                    self.places.len() - 1
                })
            } else {
                None
            }
        });
        let index = known.or_else(|| at_of(&self.places)).unwrap_or_else(|| {
            self.places.push(PlaceSeen {
                place: others.clone(),
                counts: Counts::default(),
                last_at: at,
            });
            self.places.len() - 1
        });
        if let Some(seen) = self.places.get_mut(index) {
            seen.counts += counts;
            seen.last_at = seen.last_at.max(at);
        }
    }
}

/// The beginning of the slot.
fn slot_of(at: NaiveDateTime) -> NaiveDateTime {
    let into =
        TimeDelta::minutes((at.minute() % SLOT).into()) + TimeDelta::seconds(at.second().into());
    at - into - TimeDelta::nanoseconds(at.nanosecond().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn call(address: u32, origin: &str) -> ValueCall<'_> {
        let at =
            NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_micro_opt(9, 59, 58, 7).unwrap();
        let value = Value { tag: [7; 32], kind: Kind::Publishable };
        ValueCall {
            value,
            accepted: true,
            at,
            address: Some(IpAddr::from(address.to_be_bytes())),
            origin: Some(origin),
        }
    }

    #[test]
    fn a_slot_begins_every_five_minutes() {
        let at = call(1, "").at;
        assert_eq!(slot_of(at).to_string(), "2026-03-03 09:55:00");
        assert_eq!(slot_of(at + TimeDelta::seconds(2)).to_string(), "2026-03-03 10:00:00");
    }

    #[test]
    fn a_flood_of_places_is_counted_as_others() {
        let mut noted = NotedValues::default();
        for n in 0..1_000 {
            noted.note(&call(n, &format!("https://{n}.example")));
        }
        noted.note(&call(3, "nonsense"));
        assert_eq!(noted.places, 2 * (PLACES_A_DAY + 1));
        let entry = noted.take().remove(0);
        assert_eq!(entry.tally.counts.accepted, 1_001);
        for (kind, others) in [(PlaceKind::Address, 980), (PlaceKind::Origin, 981)] {
            let seen = entry
                .tally
                .places
                .iter()
                .find(|seen| seen.place == CallerPlace::Others(kind))
                .unwrap();
            assert_eq!(seen.counts.accepted, others);
        }
        // What could not be written comes back unchanged.
        let size = entry.tally.places.len();
        noted.put_back(entry);
        noted.note(&call(3, "https://3.example"));
        let entry = noted.take().remove(0);
        assert_eq!((entry.tally.counts.accepted, entry.tally.places.len()), (1_002, size));
        assert_eq!(
            entry
                .tally
                .places
                .iter()
                .find(|seen| seen.place == CallerPlace::Address("0.0.0.3".parse().unwrap()))
                .unwrap()
                .counts
                .accepted,
            3
        );
    }

    #[test]
    fn a_flood_of_values_is_not_kept_for_ever() {
        let mut noted = NotedValues::default();
        for n in 0..=u32::try_from(VALUES).unwrap() {
            let mut tag = [0; 32];
            tag[..4].copy_from_slice(&n.to_be_bytes());
            for address in 0..10 {
                noted.note(&ValueCall {
                    value: Value { tag, kind: Kind::Secret },
                    ..call(address, "")
                });
            }
        }
        assert_eq!(noted.slots.len(), VALUES);
        assert!(noted.places <= PLACES + VALUES, "at most the others of each besides");
        assert_eq!(noted.take().len(), VALUES);
        assert_eq!(noted.places, 0);
    }
}
