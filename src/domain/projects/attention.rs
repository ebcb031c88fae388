//! Keys that somebody should look at.

use chrono::NaiveDateTime;

use crate::db::{DbConnection, Result};
use crate::domain::api_keys::{self, Find, Status};
use crate::domain::environments::Environment;

/// How many keys of an environment somebody should look at, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attention {
    /// Living keys that expire within two weeks.
    pub expiring: i64,
    /// Living keys that have not been used for 90 days.
    pub unused: i64,
    /// Deleted keys that are still called.
    pub still_called: i64,
}

/// The numbers for each of these environments, in the same order.
pub fn attention(
    connection: &mut DbConnection,
    environments: &[Environment],
    now: NaiveDateTime,
) -> Result<Vec<Attention>> {
    let with = |status| Find { status: Some(status), ..Find::default() };
    let of = |environment: &Environment| {
        Ok(Attention {
            expiring: api_keys::count_found(
                connection,
                &environment.id,
                &with(Status::Expiring),
                now,
            )?,
            unused: api_keys::count_found(
                connection,
                &environment.id,
                &with(Status::Unused90),
                now,
            )?,
            still_called: api_keys::count_still_called(connection, &environment.id, now)?,
        })
    };
    environments.iter().map(of).collect()
}
