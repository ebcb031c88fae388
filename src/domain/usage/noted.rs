//! The calls in memory that are not written yet. A flood of keys, addresses or origins can't make
//! this grow without limit: further places are counted together as "others", and when the database
//! was away for long, further keys are not counted at all.

use std::collections::hash_map::{Entry as Slot, HashMap};
use std::net::IpAddr;
use std::ops::RangeInclusive;

use chrono::{NaiveDateTime, NaiveTime, Timelike};

use super::tally::Tally;
use crate::db::{EnvironmentId, KeyId, Kind, RefusalReason};
use crate::domain::verification::{CountedKey, FoundKey};

/// How many keys are kept at once; a key counts once for each hour.
const KEYS: usize = 10_000;
/// How many addresses and origins are kept at once, over all keys.
const PLACES: usize = 10_000;

/// A key that the database knows, living or deleted, as far as counting its calls needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalledKey {
    /// The number of its id ([`KeyId::number`]).
    pub number: u128,
    /// The number of its environment's id ([`EnvironmentId::number`]).
    pub environment: u128,
    /// The kind decides whether origins are kept: only those of publishable keys are.
    pub kind: Kind,
}

impl CalledKey {
    /// The key that was found.
    pub fn of(found: &FoundKey) -> Option<Self> {
        Some(Self {
            number: found.key.id.number()?,
            environment: found.home.environment.number()?,
            kind: found.key.kind,
        })
    }

    /// A key of another project than the gateway asked about.
    pub fn of_counted(key: &CountedKey) -> Option<Self> {
        Some(Self {
            number: key.id.number()?,
            environment: key.environment.number()?,
            kind: key.kind,
        })
    }
}

/// A decision about a call with a known key.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub key: CalledKey,
    /// Why the call was refused. `None`: it was let through.
    pub refused: Option<RefusalReason>,
    pub at: NaiveDateTime,
    pub address: Option<IpAddr>,
    /// The `Origin` that a browser sent.
    pub origin: Option<&'a str>,
}

/// What was noted about a key within an hour.
#[derive(Debug)]
pub struct KeyHour {
    pub(super) number: u128,
    pub(super) hour: NaiveDateTime,
    pub(super) tally: Tally,
}

impl KeyHour {
    /// Sorts by key, so that neighbours in the tables are written one after the other.
    pub fn order(&self) -> (u128, NaiveDateTime) {
        (self.number, self.hour)
    }

    pub(super) fn key(&self) -> KeyId {
        KeyId::of_number(self.number)
    }

    pub(super) fn environment(&self) -> EnvironmentId {
        EnvironmentId::of_number(self.tally.environment)
    }
}

/// Everything that was noted and is not written yet.
#[derive(Debug, Default)]
pub struct Noted {
    /// Nearly always a single hour.
    hours: Vec<(NaiveDateTime, HashMap<u128, Tally>)>,
    keys: usize,
    places: usize,
    missed: u64,
}

impl Noted {
    /// Notes a call. If the key was called from the same place since the last writing, it allocates
    /// nothing.
    pub fn note(&mut self, call: &Call<'_>) {
        match self.tally(hour_of(call.at), call.key) {
            Some((tally, room)) => self.places += tally.note(call, room),
            None => self.missed += 1,
        }
    }

    /// The tally to add to, and whether there is room for more places in it. `None`: there is no
    /// room for the key.
    fn tally(&mut self, hour: NaiveDateTime, key: CalledKey) -> Option<(&mut Tally, bool)> {
        let at = match self.hours.iter().rposition(|(known, _)| *known == hour) {
            Some(at) => at,
            None if self.keys >= KEYS => return None,
            None => {
                self.hours.push((hour, HashMap::new()));
                self.hours.len() - 1
            }
        };
        let room = self.places < PLACES;
        match self.hours.get_mut(at)?.1.entry(key.number) {
            Slot::Occupied(slot) => Some((slot.into_mut(), room)),
            Slot::Vacant(_) if self.keys >= KEYS => None,
            Slot::Vacant(slot) => {
                self.keys += 1;
                Some((slot.insert(Tally::of(key)), room))
            }
        }
    }

    /// The numbers of the keys about which something is noted, one for each hour. Memory that was
    /// mostly unused is given back.
    pub fn numbers(&mut self) -> impl Iterator<Item = u128> {
        for (_, keys) in &mut self.hours {
            if keys.len() < keys.capacity() / 8 {
                keys.shrink_to(2 * keys.len());
            }
        }
        self.hours.iter().flat_map(|(_, keys)| keys.keys().copied())
    }

    /// Moves what was noted about the keys in this range to the end of `entries`. Its memory is
    /// kept for later calls.
    pub fn take(&mut self, range: &RangeInclusive<u128>, entries: &mut Vec<KeyHour>) {
        let latest = self.hours.last().map(|(hour, _)| *hour);
        let before = entries.len();
        for (hour, keys) in &mut self.hours {
            let taken = keys.extract_if(|number, _| range.contains(number));
            entries.extend(taken.map(|(number, tally)| KeyHour { number, hour: *hour, tally }));
        }
        self.hours.retain(|(hour, keys)| Some(*hour) == latest || !keys.is_empty());
        let taken = entries.get(before..).unwrap_or_default();
        self.keys -= taken.len();
        self.places -= taken.iter().map(|entry| entry.tally.places()).sum::<usize>();
    }

    /// How many calls found no room and were not counted. Asking sets the number back to zero.
    pub fn missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }

    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }
}

/// The beginning of the hour.
pub fn hour_of(at: NaiveDateTime) -> NaiveDateTime {
    at.date().and_time(NaiveTime::from_hms_opt(at.hour(), 0, 0).unwrap_or_default())
}

/// The beginning of the day.
pub fn day_of(at: NaiveDateTime) -> NaiveDateTime {
    at.date().and_time(NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::super::{Counts, PLACES_A_DAY};
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn at(second: i64) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 59, 58).unwrap()
            + TimeDelta::seconds(second)
    }

    fn call(number: u128, address: u32, origin: &str) -> Call<'_> {
        let key = CalledKey { number, environment: 1, kind: Kind::Publishable };
        Call {
            key,
            refused: None,
            at: at(0),
            address: Some(IpAddr::from(address.to_be_bytes())),
            origin: Some(origin),
        }
    }

    fn taken(noted: &mut Noted) -> Vec<KeyHour> {
        let mut entries = Vec::new();
        noted.take(&(0..=u128::MAX), &mut entries);
        assert_eq!((noted.keys, noted.places), (0, 0));
        entries.sort_unstable_by_key(KeyHour::order);
        entries
    }

    #[test]
    fn calls_are_counted_by_key_and_hour() {
        let mut noted = Noted::default();
        for second in 0..4 {
            noted.note(&Call {
                refused: (second == 1).then_some(RefusalReason::Paused),
                at: at(second),
                ..call(7, 1, "https://a.example")
            });
        }
        noted.note(&call(8, 1, "https://a.example"));
        let entries = taken(&mut noted);
        let counts: Vec<_> = entries.iter().map(|e| (e.number, e.hour, e.tally.counts())).collect();
        let counted = |accepted, refused| Counts { accepted, refused };
        let expected = [
            (7, hour_of(at(0)), counted(1, 1)),
            (7, hour_of(at(2)), counted(2, 0)),
            (8, hour_of(at(0)), counted(1, 0)),
        ];
        assert_eq!(counts, expected);
        assert_eq!(entries[0].tally.accepted_at, Some(at(0)));
        assert_eq!(entries[0].tally.refused(), Some((at(1), Some("0.0.0.1".parse().unwrap()))));
        assert!(noted.is_empty() && taken(&mut noted).is_empty());
    }

    #[test]
    fn what_is_kept_small_says_the_same() {
        for calls in [
            &[(true, Some(1), None)][..],
            &[(true, Some(1), None), (true, Some(1), None)],
            &[(true, Some(1), None), (true, Some(2), None), (false, Some(1), None)],
            &[(true, None, None), (true, Some(1), None)],
            &[
                (true, Some(1), None),
                (true, None, None),
                (true, Some(1), Some("https://a.example")),
            ],
            &[(false, Some(1), None), (true, Some(1), None)],
        ] {
            let call =
                |&(accepted, address, origin): &(bool, Option<u32>, Option<&'static str>)| Call {
                    refused: (!accepted).then_some(RefusalReason::Scope),
                    address: address.map(|address| IpAddr::from(address.to_be_bytes())),
                    origin,
                    ..call(7, 0, "")
                };
            let mut noted = Noted::default();
            let (mut counts, mut addresses, mut origins) =
                (Counts::default(), Vec::new(), Vec::new());
            for made in calls {
                let call = call(made);
                noted.note(&call);
                let one = Counts::one(call.refused.is_none());
                counts += one;
                count(&mut addresses, call.address.map(|address| address.to_string()), one);
                count(&mut origins, call.origin.map(str::to_owned), one);
            }
            let tally = taken(&mut noted).remove(0).tally;
            let refused = calls
                .iter()
                .rfind(|(accepted, ..)| !accepted)
                .map(|made| (at(0), call(made).address));
            let accepted = calls.iter().any(|(accepted, ..)| *accepted).then(|| at(0));
            assert_eq!(
                (tally.counts(), tally.accepted_at, tally.refused()),
                (counts, accepted, refused),
                "{calls:?}"
            );
            assert_eq!(
                (tally.addresses().collect(), tally.origins().collect()),
                (addresses, origins),
                "{calls:?}"
            );
        }
    }

    fn count(places: &mut Vec<(Option<String>, Counts)>, place: Option<String>, one: Counts) {
        if place.is_none() {
            return;
        }
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, counts)) => *counts += one,
            None => places.push((place, one)),
        }
    }

    #[test]
    fn a_flood_of_places_is_counted_as_others() {
        let mut noted = Noted::default();
        for n in 0..100_000 {
            noted.note(&call(7, n, &format!("https://{n}.example")));
        }
        assert_eq!(noted.places, 2 * PLACES_A_DAY);
        let entry = taken(&mut noted).remove(0);
        let more = entry.tally.more.as_ref().unwrap();
        for (places, others) in [
            (more.addresses.places.len(), more.addresses.others),
            (more.origins.places.len(), more.origins.others),
        ] {
            assert_eq!((places, others.accepted), (PLACES_A_DAY, 100_000 - 20));
        }
    }

    #[test]
    fn a_flood_of_keys_is_not_kept_for_ever() {
        let mut noted = Noted::default();
        let many = u128::try_from(KEYS).unwrap() + 5;
        for number in 0..many {
            noted.note(&call(number, 1, ""));
        }
        noted.note(&call(0, 2, ""));
        assert_eq!((noted.keys, noted.missed()), (KEYS, 5), "a key that is there is still counted");
        assert!(noted.places <= PLACES);
        let mut half = Vec::new();
        noted.take(&(0..=many / 2), &mut half);
        half.sort_unstable_by_key(KeyHour::order);
        assert_eq!((half[0].tally.counts().accepted, half.len() + noted.keys), (2, KEYS));
        noted.note(&call(many, 1, ""));
        assert_eq!(
            (taken(&mut noted).len(), noted.missed()),
            (KEYS - half.len() + 1, 0),
            "there is room again"
        );
    }

    #[test]
    fn secret_keys_have_no_origins() {
        let mut noted = Noted::default();
        noted.note(&Call {
            key: CalledKey { number: 7, environment: 1, kind: Kind::Secret },
            ..call(7, 1, "https://a.example")
        });
        let entry = taken(&mut noted).remove(0);
        assert_eq!((entry.tally.origins().count(), entry.tally.addresses().count()), (0, 1));
    }
}
