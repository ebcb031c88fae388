//! The keys that were deleted in the last 30 days.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};

use super::list::nearest;
use super::{ApiKey, Id, PAGE_SIZE};
use crate::db::{DbConnection, EnvironmentId, Result, api_keys, usage_latest, usage_refusals};
use crate::domain::usage::{CallsAfterDeletion, Latest, last_day};

/// How long a deleted key keeps its name, mask and note.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// A key that was deleted.
#[derive(Debug, Clone)]
pub struct Deleted {
    pub key: ApiKey,
    /// The name of who deleted it. `None`: the command line.
    pub by: Option<String>,
    /// The calls that were refused since it was deleted.
    pub refused: Option<CallsAfterDeletion>,
}

/// A page of recently deleted keys: first those that are still called, then the most recent ones.
#[derive(Debug, Clone)]
pub struct DeletedPage {
    /// At most [`PAGE_SIZE`].
    pub keys: Vec<Deleted>,
    /// The number of the page, from 1.
    pub page: i64,
    pub total: i64,
}

/// A page of the keys of an environment that were deleted in the last 30 days. If the page does not
/// exist, the nearest one is returned.
pub fn list_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    page: i64,
    now: NaiveDateTime,
) -> Result<DeletedPage> {
    let (since, lately) = (now - REMEMBERED, last_day(now));
    let total = api_keys::life::count_deleted(connection, environment, since)?;
    let page = nearest(page, total);
    let keys = api_keys::life::list_deleted(
        connection,
        environment,
        since,
        lately,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )?;
    // One query for all keys of the page, which may be up to a hundred.
    let ids: Vec<Id> = keys.iter().map(|(key, _)| key.id.clone()).collect();
    let counted = usage_refusals::of_deleted(connection, &ids, lately)?.into_iter();
    let counted: HashMap<Id, (i64, i64)> =
        counted.map(|(id, day, total)| (id, (day, total))).collect();
    let mut latest: HashMap<Id, Latest> = usage_latest::of_keys(connection, &ids)?
        .into_iter()
        .map(|latest| (latest.key_id.clone(), latest))
        .collect();
    let deleted = |(key, by): (ApiKey, Option<String>)| {
        let refused = latest.remove(&key.id).and_then(|latest| {
            let last = latest.refused_at.filter(|at| *at >= key.deleted_at.unwrap_or(now))?;
            let (day, total) = counted.get(&key.id).copied().unwrap_or_default();
            let [day, total] = [day, total].map(|count| count.try_into().unwrap_or(0));
            Some(CallsAfterDeletion { day, total, last, address: latest.refused_address })
        });
        Deleted { key, by, refused }
    };
    Ok(DeletedPage { keys: keys.into_iter().map(deleted).collect(), page, total })
}

/// How many keys of an environment were deleted in the last 30 days.
pub fn count_deleted(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    now: NaiveDateTime,
) -> Result<i64> {
    api_keys::life::count_deleted(connection, environment, now - REMEMBERED)
}

/// How many of the keys that were deleted in an environment in the last 30 days are still called.
pub fn count_still_called(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    now: NaiveDateTime,
) -> Result<i64> {
    api_keys::life::count_still_called(connection, environment, now - REMEMBERED, last_day(now))
}
