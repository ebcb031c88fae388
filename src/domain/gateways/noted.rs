//! The gateways that were noted in memory and are not written yet.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDateTime;

use super::class::{CLASSES, Class, PEERS};
use crate::db::EnvironmentId;
use crate::domain::key_shape::mask_in;
use crate::model::may_hold_a_key;

/// How many rows of a class are kept at once.
const ROWS: usize = 4_000;
/// The longest address that is kept: a slug of 48 characters, an id, and some more.
const ASKED_MAX: usize = 100;

/// A request to the verifier.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The address of the connection, which is the gateway's.
    pub peer: IpAddr,
    /// The `{project}/{environment}` of the path.
    pub asked: &'a str,
    /// The [`EnvironmentId::number`] of the environment that this means, if it means one.
    pub environment: Option<u128>,
    /// Whether the peer is trusted.
    pub trusted: bool,
    /// Whether the original request is known, and believed.
    pub original: bool,
    /// Whether a peer that is not trusted sent an original request with a good key.
    pub untrusted_original: bool,
    /// Whether the key is a good one of the environment.
    pub good: bool,
    pub at: NaiveDateTime,
}

/// What was noted about one peer and one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayCalls {
    pub(super) peer: IpAddr,
    pub(super) asked: String,
    pub(super) seen: LastCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastCall {
    environment: Option<u128>,
    pub(super) trusted: bool,
    pub(super) original_at: Option<NaiveDateTime>,
    pub(super) untrusted_original_at: Option<NaiveDateTime>,
    pub(super) good_at: Option<NaiveDateTime>,
    pub(super) at: NaiveDateTime,
}

impl LastCall {
    fn of(request: &Request<'_>) -> Self {
        Self {
            environment: request.environment,
            trusted: request.trusted,
            original_at: request.original.then_some(request.at),
            untrusted_original_at: request.untrusted_original.then_some(request.at),
            good_at: request.good.then_some(request.at),
            at: request.at,
        }
    }

    pub(super) fn environment(&self) -> Option<EnvironmentId> {
        self.environment.map(EnvironmentId::of_number)
    }

    fn class(&self) -> Class {
        let with_key = self.untrusted_original_at.is_some();
        Class::of(self.trusted, self.environment.is_some(), with_key)
    }

    /// Adds what was seen at another time.
    fn add(&mut self, other: Self) {
        let (older, newer) = if other.at < self.at { (other, *self) } else { (*self, other) };
        *self = Self {
            original_at: older.original_at.max(newer.original_at),
            untrusted_original_at: older.untrusted_original_at.max(newer.untrusted_original_at),
            good_at: older.good_at.max(newer.good_at),
            ..newer
        };
    }
}

/// Everything that was noted and is not written yet. After a panic while it was locked it can still
/// be used: at most a request is missing.
#[derive(Debug, Default)]
pub struct Gateways(Mutex<[Noted; CLASSES]>);

#[derive(Debug, Default)]
struct Noted {
    addresses: HashMap<Box<str>, Vec<(IpAddr, LastCall)>>,
    rows: usize,
}

impl Gateways {
    /// Notes a request. If the peer has asked for this since the last writing, it allocates
    /// nothing.
    pub fn note(&self, request: &Request<'_>) {
        self.add(request.peer, request.asked, LastCall::of(request));
    }

    /// Takes out everything.
    pub fn take(&self) -> Vec<GatewayCalls> {
        let mut entries = Vec::new();
        for noted in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            for (asked, peers) in std::mem::take(noted).addresses {
                let entry = |(peer, seen)| GatewayCalls { peer, asked: asked.to_string(), seen };
                entries.extend(peers.into_iter().map(entry));
            }
        }
        entries
    }

    /// Puts back entries that could not be written.
    pub fn put_back(&self, entries: Vec<GatewayCalls>) {
        entries.into_iter().for_each(|entry| self.add(entry.peer, &entry.asked, entry.seen));
    }

    fn add(&self, peer: IpAddr, asked: &str, seen: LastCall) {
        let mut classes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(noted) = classes.get_mut(seen.class() as usize) {
            noted.add(peer, asked, seen);
        }
    }
}

impl Noted {
    /// If there is no room, the request is not noted. A later one may be.
    fn add(&mut self, peer: IpAddr, asked: &str, seen: LastCall) {
        if let Some(peers) = self.addresses.get_mut(asked) {
            if let Some((_, known)) = peers.iter_mut().find(|(known, _)| *known == peer) {
                known.add(seen);
            } else if self.rows < ROWS && peers.len() < PEERS {
                peers.push((peer, seen));
                self.rows += 1;
            }
        } else if self.rows < ROWS && is_kept(asked, seen.environment.is_some()) {
            self.addresses.insert(asked.into(), vec![(peer, seen)]);
            self.rows += 1;
        }
    }
}

/// Whether this is the address of an environment, or may be one. A path can have anything in it,
/// also a key or a part of one.
fn is_kept(asked: &str, is_one: bool) -> bool {
    asked.len() <= ASKED_MAX
        && asked.bytes().all(|b| b.is_ascii_graphic())
        && mask_in(asked).is_none()
        && (is_one || !may_hold_a_key(asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn at(second: i64) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 0, 0).unwrap()
            + TimeDelta::seconds(second)
    }

    fn request(peer: u32, asked: &str) -> Request<'_> {
        Request {
            peer: IpAddr::from(peer.to_be_bytes()),
            asked,
            environment: Some(1),
            trusted: true,
            original: false,
            untrusted_original: false,
            good: false,
            at: at(0),
        }
    }

    #[test]
    fn requests_of_one_peer_for_one_address_are_one_entry() {
        let gateways = Gateways::default();
        let one = request(1, "my-blog/dev");
        gateways.note(&Request { original: true, ..one });
        gateways.note(&Request { at: at(2), environment: Some(2), ..one });
        gateways.note(&Request { at: at(1), ..one });
        gateways.note(&request(2, "my-blog/dev"));
        gateways.note(&request(1, "my-blog/prod"));
        let entries = gateways.take();
        assert_eq!(entries.len(), 3);
        let seen = LastCall {
            good_at: None,
            environment: Some(2),
            trusted: true,
            original_at: Some(at(0)),
            untrusted_original_at: None,
            at: at(2),
        };
        let noted = |entry: &GatewayCalls| entry.asked == "my-blog/dev" && entry.peer == one.peer;
        assert_eq!(entries.iter().find(|entry| noted(entry)).unwrap().seen, seen);
        assert_eq!(gateways.take(), []);
    }

    #[test]
    fn what_could_not_be_written_comes_back_beside_what_came_meanwhile() {
        let gateways = Gateways::default();
        gateways.note(&Request { original: true, ..request(1, "my-blog/dev") });
        let taken = gateways.take();
        gateways.note(&Request { at: at(5), ..request(1, "my-blog/dev") });
        gateways.put_back(taken);
        let entries = gateways.take();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].seen.at, entries[0].seen.original_at), (at(5), Some(at(0))));
    }

    #[test]
    fn only_what_may_be_an_address_is_kept_and_never_a_key() {
        let key = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";
        let gateways = Gateways::default();
        let id = format!("{}/env_{}", "s".repeat(48), "0".repeat(32));
        for asked in ["my-blog/*", id.as_str()] {
            gateways.note(&request(1, asked));
        }
        let long = "x".repeat(ASKED_MAX + 1);
        for asked in [long.as_str(), "a b/dev", "a\0/dev", "ä/dev", key, &format!("{key}/dev")] {
            gateways.note(&Request { environment: None, ..request(1, asked) });
        }
        assert_eq!(gateways.take().len(), 2);
    }

    #[test]
    fn a_flood_of_strangers_and_made_up_addresses_leaves_room_for_gateways() {
        let gateways = Gateways::default();
        for n in 0..100_000 {
            let made_up = format!("project-{n}/prod");
            let stranger = Request { trusted: false, ..request(n, "my-blog/prod") };
            gateways.note(&stranger);
            gateways.note(&Request { asked: &made_up, environment: None, ..stranger });
        }
        let with_key = Request { untrusted_original: true, trusted: false, ..request(7, "x/y") };
        gateways.note(&with_key);
        gateways.note(&Request { asked: "my-blog/old", environment: None, ..request(8, "") });
        gateways.note(&request(9, "my-blog/prod"));
        let entries = gateways.take();
        let of = |class: Class| entries.iter().filter(|entry| entry.seen.class() == class).count();
        assert_eq!((of(Class::Stranger), of(Class::StrangerAstray)), (PEERS, ROWS));
        assert_eq!([Class::Trusted, Class::TrustedAstray, Class::WithKey].map(of), [1, 1, 1]);
    }
}
