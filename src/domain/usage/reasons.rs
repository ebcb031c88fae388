//! Why calls with a key were refused.

use chrono::NaiveDateTime;

use super::{Range, first_hour};
use crate::db::{DbConnection, KeyId, RefusalReason, Result, usage_refusals};
use crate::domain::zone::Zone;

/// How many calls of a key were refused within the range, by reason, the most frequent one first.
pub fn reasons(
    connection: &mut DbConnection,
    key: &KeyId,
    range: Range,
    zone: Zone,
    now: NaiveDateTime,
) -> Result<Vec<(RefusalReason, u64)>> {
    let counted = usage_refusals::of_key(connection, key, first_hour(range, zone, now))?;
    let mut reasons: Vec<_> = counted
        .into_iter()
        .map(|(reason, calls)| (reason, u64::try_from(calls).unwrap_or_default()))
        .collect();
    reasons.sort_by_key(|(reason, calls)| (std::cmp::Reverse(*calls), *reason));
    Ok(reasons)
}
