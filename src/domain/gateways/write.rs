//! Writes down which gateways asked, in the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};

use super::GatewaySeen;
use super::class::{ALL_ASTRAY, ASTRAY, Class, PEERS, stranger};
use super::noted::{GatewayCalls, LastCall};
use crate::db::{self, DbConnection, Lock, Result, gateways_seen};

/// How exactly the time of the last request is known. A gateway that asks all the time causes one
/// write per minute.
const EXACTLY: TimeDelta = TimeDelta::minutes(1);

/// The peer and the address of a row.
type Key = (String, String);

/// Adds these entries to the stored ones. As with all counts, only one replica writes at a time.
pub fn write(connection: &mut DbConnection, entries: &[GatewayCalls]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    db::lock(connection, Lock::Usage)?;
    let mut known = read(connection, entries)?;
    let before: BTreeSet<Key> = known.keys().cloned().collect();
    let mut changed = BTreeSet::new();
    for GatewayCalls { peer, asked, seen } in entries {
        let key = (peer.to_string(), asked.clone());
        if add(&mut known, &key, seen) {
            changed.insert(key);
        }
    }
    for (peer, asked) in too_many(&known) {
        let key = (peer, asked);
        known.remove(&key);
        if before.contains(&key) {
            gateways_seen::remove(connection, &key.0, &key.1)?;
        }
    }
    let rows: Vec<GatewaySeen> = changed.iter().filter_map(|key| known.remove(key)).collect();
    gateways_seen::put(connection, &rows)
}

/// All rows that share a limit with one of the entries.
fn read(
    connection: &mut DbConnection,
    entries: &[GatewayCalls],
) -> Result<BTreeMap<Key, GatewaySeen>> {
    let asked: BTreeSet<&str> = entries.iter().map(|entry| entry.asked.as_str()).collect();
    let asked: Vec<&str> = asked.into_iter().collect();
    let mut rows = Vec::new();
    for asked in asked.chunks(500) {
        rows.extend(gateways_seen::of_addresses(connection, asked)?);
    }
    for trusted in [true, false] {
        let is_misdirected =
            |seen: &LastCall| seen.trusted == trusted && seen.environment().is_none();
        if entries.iter().any(|entry| is_misdirected(&entry.seen)) {
            rows.extend(gateways_seen::unresolved(connection, trusted)?);
        }
    }
    Ok(rows.into_iter().map(|row| ((row.peer.clone(), row.asked.clone()), row)).collect())
}

/// Adds what was noted. `false`: nearly the same is stored already.
fn add(known: &mut BTreeMap<Key, GatewaySeen>, key: &Key, seen: &LastCall) -> bool {
    let noted = GatewaySeen {
        peer: key.0.clone(),
        asked: key.1.clone(),
        environment_id: seen.environment(),
        trusted: seen.trusted,
        original_at: seen.original_at,
        untrusted_original_at: seen.untrusted_original_at,
        last_at: seen.at,
        good_at: seen.good_at,
    };
    let Some(row) = known.get_mut(key) else {
        known.insert(key.clone(), noted);
        return true;
    };
    if noted.last_at < row.last_at {
        return false; // another replica has seen a later request
    }
    let first = |before: Option<NaiveDateTime>, now: Option<_>| before.is_none() && now.is_some();
    let is_news = (row.environment_id != noted.environment_id)
        || (row.trusted != noted.trusted)
        || first(row.original_at, noted.original_at)
        || first(row.untrusted_original_at, noted.untrusted_original_at)
        || first(row.good_at, noted.good_at);
    if !is_news && noted.last_at < row.last_at + EXACTLY {
        return false;
    }
    *row = GatewaySeen {
        original_at: row.original_at.max(noted.original_at),
        untrusted_original_at: row.untrusted_original_at.max(noted.untrusted_original_at),
        good_at: row.good_at.max(noted.good_at),
        ..noted
    };
    true
}

/// The rows for which there is no room: the oldest ones of each limit.
fn too_many(known: &BTreeMap<Key, GatewaySeen>) -> Vec<Key> {
    let mut rows: Vec<(&Key, &GatewaySeen, Class)> =
        known.iter().map(|(key, row)| (key, row, class(row))).collect();
    rows.sort_by_key(|(_, row, _)| std::cmp::Reverse(row.last_at));
    let mut of_address: HashMap<(Class, &str), usize> = HashMap::new();
    let mut of_stranger: HashMap<Option<IpAddr>, usize> = HashMap::new();
    let mut of_class: HashMap<Class, usize> = HashMap::new();
    let mut too_many = Vec::new();
    for (key, row, class) in rows {
        let bound = (of_address.entry((class, &row.asked)).or_default(), PEERS);
        let mut bounds = vec![bound];
        if class.is_misdirected() {
            bounds.push((of_class.entry(class).or_default(), ALL_ASTRAY));
        }
        if class == Class::StrangerAstray {
            let peer = row.peer.parse().ok().map(stranger);
            bounds.push((of_stranger.entry(peer).or_default(), ASTRAY));
        }
        if bounds.iter().any(|(count, most)| **count >= *most) {
            too_many.push(key.clone());
        } else {
            bounds.into_iter().for_each(|(count, _)| *count += 1);
        }
    }
    too_many
}

fn class(row: &GatewaySeen) -> Class {
    let with_key = row.untrusted_original_at.is_some();
    Class::of(row.trusted, row.environment_id.is_some(), with_key)
}
