//! The use of a key, for somebody who is about to delete it.

use chrono::NaiveDateTime;

use super::noted::day_of;
use super::series::last_week;
use super::{PlaceKind, Totals, began, latest, places, totals};
use crate::db::api_keys::ApiKey;
use crate::db::{DbConnection, Result};

/// Who still uses a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InUse {
    /// The calls of the last day and the last week.
    pub totals: Totals,
    /// How many different addresses called in the last week. On a day with very many, not all are
    /// kept.
    pub addresses: usize,
    pub and_others: bool,
    /// When the last call came, accepted or refused.
    pub last: Option<NaiveDateTime>,
    /// Since when every call would be known.
    pub known_since: NaiveDateTime,
}

/// What is known about who still uses a key.
pub fn in_use(connection: &mut DbConnection, key: &ApiKey, now: NaiveDateTime) -> Result<InUse> {
    let totals = totals(connection, &key.id, now)?;
    let addresses = places(connection, &key.id, PlaceKind::Address, day_of(last_week(now)))?;
    let last =
        latest(connection, &key.id)?.and_then(|latest| latest.accepted_at.max(latest.refused_at));
    Ok(InUse {
        totals,
        addresses: addresses.places.len(),
        and_others: addresses.others.all() > 0,
        last,
        known_since: began(connection)?.unwrap_or(now).max(key.created_at),
    })
}
