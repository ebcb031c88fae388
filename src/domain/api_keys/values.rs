//! Which values of a key are called: both during an overlap, and afterwards those that were
//! replaced.

use chrono::{NaiveDateTime, TimeDelta};

use super::ApiKey;
use super::rotate::former_value;
use crate::db::rotated_secrets::{self, Former};
use crate::db::{DbConnection, Result};
use crate::domain::usage::{self, LATELY, ValueUse};

/// How many replaced values are looked at.
const LOOKED_AT: i64 = 5;

/// An overlap, and who calls which value.
#[derive(Debug, Clone)]
pub struct Rotating {
    /// The value before the rotation.
    pub former: Former,
    pub old: ValueUse,
    /// The use of the current value.
    pub new: ValueUse,
}

/// Whether an overlap can be ended without anybody noticing, as far as the calls tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// The old value was called within the last hour.
    Called,
    /// The old value has not been called since this time, but the new one was not called either.
    Untried(NaiveDateTime),
    /// The old value has not been called since this time, which is less than a day ago.
    Quiet(NaiveDateTime),
    /// The old value has not been called since this time, which is at least a day ago.
    Safe(NaiveDateTime),
}

impl Rotating {
    pub fn safety(&self, now: NaiveDateTime) -> Safety {
        let since = self.old.last.unwrap_or(self.former.rotated_at);
        if self.old.hour.all() > 0 {
            Safety::Called
        } else if self.new.last.is_none() {
            Safety::Untried(since)
        } else if now - since < TimeDelta::hours(24) {
            Safety::Quiet(since)
        } else {
            Safety::Safe(since)
        }
    }
}

/// A replaced value that is still called.
#[derive(Debug, Clone)]
pub struct LeftBehind {
    pub former: Former,
    /// Since when the value is refused.
    pub ended: NaiveDateTime,
    /// How many calls came since then.
    pub refused: u64,
    /// When the last call came.
    pub last: NaiveDateTime,
    /// The places from which calls came since then, the most recent first. An empty text stands for
    /// all others.
    pub places: Vec<String>,
}

/// Who calls which value of a key, if it has two that work.
pub fn rotating(
    connection: &mut DbConnection,
    key: &ApiKey,
    now: NaiveDateTime,
) -> Result<Option<Rotating>> {
    let Some(former) = former_value(connection, key, now)? else { return Ok(None) };
    let Some((old, new)) = rotated_secrets::both_digests(connection, &key.id)? else {
        return Ok(None);
    };
    let old = usage::value_use(connection, &key.id, &old, former.rotated_at, now)?;
    let new = usage::value_use(connection, &key.id, &new, former.rotated_at, now)?;
    Ok(Some(Rotating { former, old, new }))
}

/// The values of a key that do not work any more and were called in the last 24 hours.
pub fn left_behind(
    connection: &mut DbConnection,
    key: &ApiKey,
    now: NaiveDateTime,
) -> Result<Vec<LeftBehind>> {
    let mut found = Vec::new();
    for (digest, former) in rotated_secrets::latest(connection, &key.id, LOOKED_AT)? {
        let ended =
            former.ended_at.map_or(former.valid_until, |ended| ended.min(former.valid_until));
        if ended > now {
            continue;
        }
        let calls = usage::value_use(connection, &key.id, &digest, ended, now)?;
        let Some(last) = calls.last.filter(|last| *last >= ended && *last >= now - LATELY) else {
            continue;
        };
        let places = calls
            .addresses
            .into_iter()
            .filter(|caller| caller.last >= ended)
            .map(|caller| caller.place)
            .collect();
        found.push(LeftBehind { former, ended, refused: calls.refused, last, places });
    }
    Ok(found)
}
