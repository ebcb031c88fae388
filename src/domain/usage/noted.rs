//! Calls in memory, until they are written. A flood of keys, addresses or origins does not grow it
//! without limit: what is too much is counted under "and others", or, when the database was away for
//! long, not at all.

use std::borrow::Borrow;
use std::collections::hash_map::{Entry as Slot, HashMap};
use std::net::IpAddr;

use chrono::{NaiveDateTime, NaiveTime, Timelike};

use super::{Counts, PLACES_A_DAY};
use crate::db::api_keys::Verifiable;
use crate::db::{KeyId, Kind};
use crate::domain::api_keys::mask_in;

/// Keys (times hours) that are kept at once.
const KEYS: usize = 100_000;
/// Addresses and origins that are kept at once, over all keys.
const PLACES: usize = 100_000;
/// The longest origin that is kept: a host name has at most 253 characters (RFC 1035, 2.3.4).
const ORIGIN_MAX: usize = 280;

/// A key that the database knows, living or not: what is needed to count its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// [`KeyId::number`].
    pub number: u128,
    /// Origins are kept of publishable keys only.
    pub kind: Kind,
}

impl Known {
    /// The key that was found.
    pub fn of(found: &Verifiable) -> Option<Self> {
        Some(Self { number: found.id.number()?, kind: found.kind })
    }
}

/// A decision about a known key.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// With this key.
    pub key: Known,
    /// Whether it was let through.
    pub accepted: bool,
    /// UTC.
    pub at: NaiveDateTime,
    /// Of the client.
    pub address: Option<IpAddr>,
    /// What a browser sent as `Origin`.
    pub origin: Option<&'a str>,
}

/// What was noted of a key within an hour.
#[derive(Debug)]
pub struct Entry {
    pub(super) number: u128,
    pub(super) hour: NaiveDateTime,
    pub(super) tally: Tally,
}

impl Entry {
    pub(super) fn key(&self) -> KeyId {
        KeyId::of_number(self.number)
    }
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) accepted_at: Option<NaiveDateTime>,
    pub(super) refused: Option<(NaiveDateTime, Option<IpAddr>)>,
    pub(super) addresses: Seen<IpAddr>,
    pub(super) origins: Seen<String>,
}

/// The first few places, and all others.
#[derive(Debug)]
pub(super) struct Seen<P> {
    pub(super) places: Vec<(P, Counts)>,
    pub(super) others: Counts,
}

/// Everything that was noted and is not written yet.
#[derive(Debug, Default)]
pub struct Noted {
    /// Nearly always one hour.
    hours: Vec<(NaiveDateTime, HashMap<u128, Tally>)>,
    keys: usize,
    places: usize,
    missed: u64,
}

impl Noted {
    /// Notes a call. Without allocation, when the key was called from there since the last writing.
    pub fn note(&mut self, call: &Call<'_>) {
        let counts = Counts::one(call.accepted);
        let Some((tally, room)) = self.tally(hour_of(call.at), call.key.number) else {
            self.missed += 1;
            return;
        };
        tally.counts += counts;
        if call.accepted {
            tally.accepted_at = tally.accepted_at.max(Some(call.at));
        } else {
            tally.refused = tally.refused.max(Some((call.at, call.address)));
        }
        let mut added = 0;
        if let Some(address) = call.address {
            added += tally.addresses.add(&address, counts, room, || Some(address));
        }
        if let (Kind::Publishable, Some(origin)) = (call.key.kind, call.origin) {
            added += tally.origins.add(origin, counts, room, || shown(origin));
        }
        self.places += added;
    }

    /// The tally to add to, and whether there is room for places in it; `None`: there is no room at all.
    fn tally(&mut self, hour: NaiveDateTime, number: u128) -> Option<(&mut Tally, bool)> {
        let at = match self.hours.iter().rposition(|(known, _)| *known == hour) {
            Some(at) => at,
            None if self.keys >= KEYS => return None,
            None => {
                self.hours.push((hour, HashMap::new()));
                self.hours.len() - 1
            }
        };
        let room = self.places < PLACES;
        match self.hours.get_mut(at)?.1.entry(number) {
            Slot::Occupied(slot) => Some((slot.into_mut(), room)),
            Slot::Vacant(_) if self.keys >= KEYS => None,
            Slot::Vacant(slot) => {
                self.keys += 1;
                Some((slot.insert(Tally::default()), room))
            }
        }
    }

    /// Adds what is noted elsewhere.
    pub fn absorb(&mut self, other: Self) {
        self.missed += other.missed;
        for (hour, keys) in other.hours {
            for (number, tally) in keys {
                self.put_back(Entry { number, hour, tally });
            }
        }
    }

    /// Adds an entry, perhaps one that could not be written.
    pub fn put_back(&mut self, Entry { number, hour, tally: from }: Entry) {
        let Some((tally, room)) = self.tally(hour, number) else {
            self.missed += from.counts.all();
            return;
        };
        tally.counts += from.counts;
        tally.accepted_at = tally.accepted_at.max(from.accepted_at);
        tally.refused = tally.refused.max(from.refused);
        let added = tally.addresses.absorb(from.addresses, room) + tally.origins.absorb(from.origins, room);
        self.places += added;
    }

    /// Takes everything out, ordered by key: neighbours in the tables come one after the other.
    pub fn take(&mut self) -> Vec<Entry> {
        let Self { hours, .. } = std::mem::take(self);
        let mut entries: Vec<Entry> =
            hours.into_iter().flat_map(|(hour, keys)| keys.into_iter().map(move |(number, tally)| Entry { number, hour, tally })).collect();
        entries.sort_unstable_by_key(|entry| (entry.number, entry.hour));
        entries
    }

    /// How many calls found no room and are not counted; asking forgets them.
    pub fn missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }
}

impl<P> Default for Seen<P> {
    fn default() -> Self {
        Self { places: Vec::new(), others: Counts::default() }
    }
}

impl<P> Seen<P> {
    /// Counts calls from a place; gives how many places it has more than before.
    fn add<Q: PartialEq + ?Sized>(&mut self, place: &Q, counts: Counts, room: bool, keep: impl FnOnce() -> Option<P>) -> usize
    where
        P: Borrow<Q>,
    {
        if let Some((_, known)) = self.places.iter_mut().find(|(known, _)| known.borrow() == place) {
            *known += counts;
        } else if room
            && self.places.len() < PLACES_A_DAY
            && let Some(place) = keep()
        {
            if self.places.is_empty() {
                self.places.reserve_exact(1); // most keys are called from one place
            }
            self.places.push((place, counts));
            return 1;
        } else {
            self.others += counts;
        }
        0
    }

    fn absorb(&mut self, from: Self, room: bool) -> usize
    where
        P: PartialEq + Clone,
    {
        self.others += from.others;
        from.places.into_iter().map(|(place, counts)| self.add(&place, counts, room, || Some(place.clone()))).sum()
    }
}

/// An origin as browsers send it (RFC 6454, 6.1): nothing else is kept, and nothing with a key in it.
pub(super) fn shown(origin: &str) -> Option<String> {
    let visible = !origin.is_empty() && origin.len() <= ORIGIN_MAX && origin.bytes().all(|b| b.is_ascii_graphic());
    let shape =
        origin == "null" || origin.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '?', '#', '@']));
    (visible && shape && mask_in(origin).is_none()).then(|| origin.to_owned())
}

pub(super) fn hour_of(at: NaiveDateTime) -> NaiveDateTime {
    at.date().and_time(NaiveTime::from_hms_opt(at.hour(), 0, 0).unwrap_or_default())
}

pub(super) fn day_of(at: NaiveDateTime) -> NaiveDateTime {
    at.date().and_time(NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn at(second: i64) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 59, 58).unwrap() + TimeDelta::seconds(second)
    }

    fn call(number: u128, address: u32, origin: &str) -> Call<'_> {
        let key = Known { number, kind: Kind::Publishable };
        Call { key, accepted: true, at: at(0), address: Some(IpAddr::from(address.to_be_bytes())), origin: Some(origin) }
    }

    #[test]
    fn calls_are_counted_by_key_and_hour() {
        let mut noted = Noted::default();
        for second in 0..4 {
            noted.note(&Call { accepted: second != 1, at: at(second), ..call(7, 1, "https://a.example") });
        }
        noted.note(&call(8, 1, "https://a.example"));
        let entries = noted.take();
        let counts: Vec<_> = entries.iter().map(|e| (e.number, e.hour, e.tally.counts.accepted, e.tally.counts.refused)).collect();
        assert_eq!(counts, [(7, hour_of(at(0)), 1, 1), (7, hour_of(at(2)), 2, 0), (8, hour_of(at(0)), 1, 0)]);
        assert_eq!(entries[0].tally.accepted_at, Some(at(0)));
        assert_eq!(entries[0].tally.refused, Some((at(1), Some("0.0.0.1".parse().unwrap()))));
        assert!(noted.is_empty() && noted.take().is_empty());
    }

    #[test]
    fn a_flood_of_places_is_counted_as_others() {
        let mut noted = Noted::default();
        for n in 0..100_000 {
            noted.note(&call(7, n, &format!("https://{n}.example")));
        }
        assert_eq!(noted.places, 2 * PLACES_A_DAY);
        let entry = noted.take().remove(0);
        for (places, others) in [
            (entry.tally.addresses.places.len(), entry.tally.addresses.others),
            (entry.tally.origins.places.len(), entry.tally.origins.others),
        ] {
            assert_eq!((places, others.accepted), (PLACES_A_DAY, 100_000 - 20));
        }
    }

    #[test]
    fn a_flood_of_keys_is_not_kept_for_ever() {
        let (mut noted, mut more) = (Noted::default(), Noted::default());
        let many = u128::try_from(KEYS).unwrap() + 5;
        for number in 0..many {
            noted.note(&call(number, 1, ""));
        }
        more.note(&call(many, 1, ""));
        more.note(&call(0, 2, ""));
        noted.absorb(more);
        assert_eq!((noted.keys, noted.missed()), (KEYS, 6), "a key that is there is still counted");
        assert!(noted.places <= PLACES);
        assert_eq!(noted.take()[0].tally.counts.accepted, 2);
    }

    #[test]
    fn only_origins_are_kept_as_origins() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        for good in ["https://app.example.com", "http://localhost:3000", "null", "capacitor://localhost"] {
            assert_eq!(shown(good).as_deref(), Some(good));
        }
        let long = format!("https://{}", "a".repeat(300));
        for bad in ["", key, &format!("https://{key}"), &long, "https://", "https://a/b", "a b://c", "https://u@h", "ключ://x", "x"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }

    #[test]
    fn secret_keys_have_no_origins() {
        let mut noted = Noted::default();
        noted.note(&Call { key: Known { number: 7, kind: Kind::Secret }, ..call(7, 1, "https://a.example") });
        let entry = noted.take().remove(0);
        assert!(entry.tally.origins.places.is_empty() && entry.tally.addresses.places.len() == 1);
    }
}
