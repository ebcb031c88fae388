//! Makes up the calls of each key since it was created, as a server would have counted them.

use chrono::{NaiveDateTime, TimeDelta, Timelike};

use super::super::Failure;
use super::fill::below;
use crate::db::usage_hours::{self, UsageHour};
use crate::db::usage_latest::{self, Called};
use crate::db::usage_places::{self, UsagePlace};
use crate::db::{DbConnection, PlaceKind};
use crate::domain::CryptoRng;
use crate::domain::api_keys::{ApiKey, Kind};
use crate::domain::usage::{day_of, hour_of};

/// The origin that publishable keys are called from.
const ORIGIN: &str = "https://www.example.com";

/// One key in eight was never called, and one is no longer called. One deleted key in eight is
/// still called.
pub(super) fn fill(
    connection: &mut DbConnection,
    key: &ApiKey,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<(), Failure> {
    let until = match (key.deleted_at, below(8, rng)) {
        (Some(_), 1..) | (None, 0) => return Ok(()),
        (None, 1) => now - TimeDelta::days(1 + below(20, rng)),
        _ => now,
    };
    let until = key.expires_at.map_or(until, |end| end.min(until));
    // The number of calls an hour at night. At noon there are about eight times as many.
    let quiet = 1 + below(40, rng);
    let address = format!("203.0.113.{}", 1 + below(250, rng));
    let mut called = Called::new(key.id.clone(), key.environment_id.clone(), key.kind);
    let (mut hours, mut days) = (Vec::new(), Vec::<(NaiveDateTime, i64, i64)>::new());
    let mut at = key.created_at + TimeDelta::minutes(1 + below(50, rng));
    while at < until {
        let calls = quiet * (8 - (i64::from(at.hour()) - 12).abs() / 2) + below(quiet, rng);
        let (accepted, refused) = match key.deleted_at {
            Some(deleted) if at > deleted => (0, calls),
            _ => (calls, if below(30, rng) == 0 { 1 } else { 0 }),
        };
        if accepted > 0 {
            called.accepted_at = Some(at);
        }
        if refused > 0 {
            called.refused_at = Some(at);
            called.refused_address = Some(address.clone());
        }
        hours.push(UsageHour { key_id: key.id.clone(), hour: hour_of(at), accepted, refused });
        let day = day_of(at);
        match days.last_mut() {
            Some((last, all, bad)) if *last == day => {
                (*all, *bad) = (*all + accepted, *bad + refused)
            }
            _ => days.push((day, accepted, refused)),
        }
        at += TimeDelta::hours(1);
    }
    let place = |kind, place: &str| {
        let of_day = |&(day, accepted, refused): &_| UsagePlace {
            key_id: key.id.clone(),
            day,
            kind,
            place: place.to_owned(),
            accepted,
            refused,
        };
        days.iter().map(of_day).collect::<Vec<_>>()
    };
    usage_hours::add(connection, &hours)?;
    usage_places::add(connection, &place(PlaceKind::Address, &address))?;
    if key.kind == Kind::Publishable {
        usage_places::add(connection, &place(PlaceKind::Origin, ORIGIN))?;
    }
    Ok(usage_latest::put(connection, vec![called])?)
}
