//! What was noted about a key within an hour, also why its calls were refused. A flood of addresses
//! or origins can't make it grow without limit: further places are counted together as "others".

use std::borrow::Borrow;
use std::net::IpAddr;

use chrono::NaiveDateTime;

use super::noted::{Call, CalledKey};
use super::{Counts, PLACES_A_DAY};
use crate::db::{Kind, RefusalReason};
use crate::domain::key_shape::mask_in;

/// The longest origin that is kept: a host name has at most 253 characters (RFC 1035, 2.3.4).
const ORIGIN_MAX: usize = 280;

/// The calls with a key. There may be a hundred thousand of these, so it is as small as possible
/// for most keys, which are called from a single address and are never refused.
#[derive(Debug)]
pub(super) struct Tally {
    /// [`EnvironmentId::number`] of the key's environment.
    ///
    /// [`EnvironmentId::number`]: crate::db::EnvironmentId::number
    pub(super) environment: u128,
    pub(super) kind: Kind,
    accepted: u32,
    refused: u32,
    pub(super) accepted_at: Option<NaiveDateTime>,
    /// The address that all calls came from, as long as there is no `more`.
    address: Option<IpAddr>,
    pub(super) more: Option<Box<More>>,
}

/// What only some keys need.
#[derive(Debug, Default)]
pub(super) struct More {
    pub(super) refused: Option<(NaiveDateTime, Option<IpAddr>)>,
    /// Only the reasons that occurred.
    pub(super) reasons: Vec<(RefusalReason, u32)>,
    pub(super) addresses: TopPlaces<IpAddr>,
    pub(super) origins: TopPlaces<String>,
}

impl Tally {
    pub(super) fn of(key: CalledKey) -> Self {
        Self {
            environment: key.environment,
            kind: key.kind,
            accepted: 0,
            refused: 0,
            accepted_at: None,
            address: None,
            more: None,
        }
    }

    /// Adds a call. Returns how many more places are kept than before.
    pub(super) fn note(&mut self, call: &Call<'_>, room: bool) -> usize {
        let origin = call.origin.filter(|_| self.kind == Kind::Publishable);
        let ordinary = call.refused.is_none()
            && origin.is_none()
            && (self.counts() == Counts::default() || self.address == call.address);
        let mut added = 0;
        if self.more.is_some() || !ordinary {
            let counts = Counts::one(call.refused.is_none());
            let more = self.more(room, &mut added);
            if let Some(reason) = call.refused {
                more.refused = more.refused.max(Some((call.at, call.address)));
                more.count(reason);
            }
            if let Some(address) = call.address {
                added += more.addresses.add(&address, counts, room, || Some(address));
            }
            if let Some(origin) = origin {
                added += more.origins.add(origin, counts, room, || shown(origin));
            }
        } else {
            self.address = call.address;
        }
        let accepted = call.refused.is_none();
        let count = if accepted { &mut self.accepted } else { &mut self.refused };
        *count = count.saturating_add(1);
        if accepted {
            self.accepted_at = self.accepted_at.max(Some(call.at));
        }
        added
    }

    fn more(&mut self, room: bool, added: &mut usize) -> &mut More {
        let (address, counts) = (self.address.take(), self.counts());
        self.more.get_or_insert_with(|| {
            let mut more = Box::new(More::default());
            if let Some(address) = address {
                *added += more.addresses.add(&address, counts, room, || Some(address));
            }
            more
        })
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { accepted: self.accepted.into(), refused: self.refused.into() }
    }

    /// How many places are kept.
    pub(super) fn places(&self) -> usize {
        self.more.as_ref().map_or(0, |more| more.addresses.places.len() + more.origins.places.len())
    }

    /// The last refused call, and its address.
    pub(super) fn refused(&self) -> Option<(NaiveDateTime, Option<IpAddr>)> {
        self.more.as_ref()?.refused
    }

    /// Why calls were refused, and how many for each reason.
    pub(super) fn reasons(&self) -> &[(RefusalReason, u32)] {
        self.more.as_ref().map_or(&[], |more| &more.reasons)
    }

    /// Each address with its calls. `None` stands for all others.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (Option<String>, Counts)> {
        let only = self.address.map(|address| (Some(address.to_string()), self.counts()));
        only.into_iter().chain(self.more.iter().flat_map(|more| more.addresses.all()))
    }

    /// Each origin with its calls. `None` stands for all others.
    pub(super) fn origins(&self) -> impl Iterator<Item = (Option<String>, Counts)> {
        self.more.iter().flat_map(|more| more.origins.all())
    }
}

impl More {
    fn count(&mut self, reason: RefusalReason) {
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, calls)) => *calls = calls.saturating_add(1),
            None => self.reasons.push((reason, 1)),
        }
    }
}

/// The first few places, and all others together.
#[derive(Debug)]
pub(super) struct TopPlaces<P> {
    pub(super) places: Vec<(P, Counts)>,
    pub(super) others: Counts,
}

impl<P> Default for TopPlaces<P> {
    fn default() -> Self {
        Self { places: Vec::new(), others: Counts::default() }
    }
}

impl<P> TopPlaces<P> {
    /// Counts calls from a place. Returns how many more places there are than before.
    fn add<Q: PartialEq + ?Sized>(
        &mut self,
        place: &Q,
        counts: Counts,
        room: bool,
        keep: impl FnOnce() -> Option<P>,
    ) -> usize
    where
        P: Borrow<Q>,
    {
        if let Some((_, known)) = self.places.iter_mut().find(|(known, _)| known.borrow() == place)
        {
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

    /// Each place with its calls. `None` stands for all others.
    fn all(&self) -> impl Iterator<Item = (Option<String>, Counts)>
    where
        P: ToString,
    {
        let others = (self.others != Counts::default()).then_some((None, self.others));
        self.places.iter().map(|(place, counts)| (Some(place.to_string()), *counts)).chain(others)
    }
}

/// The origin, if it is one as browsers send it (RFC 6454, 6.1) and has no key in it. Nothing else
/// is kept.
pub(super) fn shown(origin: &str) -> Option<String> {
    let visible = !origin.is_empty()
        && origin.len() <= ORIGIN_MAX
        && origin.bytes().all(|b| b.is_ascii_graphic());
    let shape = origin == "null"
        || origin
            .split_once("://")
            .is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '?', '#', '@']));
    (visible && shape && mask_in(origin).is_none()).then(|| origin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_kept_as_origins() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        for good in
            ["https://app.example.com", "http://localhost:3000", "null", "capacitor://localhost"]
        {
            assert_eq!(shown(good).as_deref(), Some(good));
        }
        let long = format!("https://{}", "a".repeat(300));
        for bad in [
            "",
            key,
            &format!("https://{key}"),
            &long,
            "https://",
            "https://a/b",
            "a b://c",
            "https://u@h",
            "ключ://x",
            "x",
        ] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }
}
