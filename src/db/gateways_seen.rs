//! Table `gateways_seen`: which peers asked the verifier, for which address, and when they last
//! did.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::gateways_seen;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, EnvironmentId, Result};

const ON_CONFLICT: &str = "(peer, asked) DO UPDATE SET environment_id = excluded.environment_id, \
    trusted = excluded.trusted, original_at = excluded.original_at, \
    untrusted_original_at = excluded.untrusted_original_at, last_at = excluded.last_at, \
    good_at = excluded.good_at";

/// A peer, and the address that it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = gateways_seen, treat_none_as_default_value = false)]
pub struct GatewaySeen {
    /// The address of the connection, which is the gateway's.
    pub peer: String,
    /// The `{project}/{environment}` of the path.
    pub asked: String,
    /// The environment that this meant. `None`: there was none, or there were several.
    pub environment_id: Option<EnvironmentId>,
    /// Whether the peer was a trusted one at its last call.
    pub trusted: bool,
    /// When the peer last sent an original request that was believed, UTC.
    pub original_at: Option<NaiveDateTime>,
    /// When the peer last sent an original request with a good key while it was not trusted, UTC.
    pub untrusted_original_at: Option<NaiveDateTime>,
    /// When the peer last asked, to the minute, UTC.
    pub last_at: NaiveDateTime,
    /// When the peer last asked about a good key of the environment, UTC.
    pub good_at: Option<NaiveDateTime>,
}

/// Writes these rows over those that are there. Each pair of peer and address may occur once.
pub fn put(connection: &mut DbConnection, rows: &[GatewaySeen]) -> Result<()> {
    upsert!(connection, gateways_seen, rows, GatewaySeen, ON_CONFLICT)
}

/// Removes the row of this peer and address.
pub fn remove(connection: &mut DbConnection, peer: &str, asked: &str) -> Result<()> {
    diesel::delete(gateways_seen::table.find((peer, asked))).execute(connection)?;
    Ok(())
}

/// The peers that asked for these addresses, the most recent first.
pub fn of_addresses(connection: &mut DbConnection, asked: &[&str]) -> Result<Vec<GatewaySeen>> {
    Ok(gateways_seen::table
        .filter(gateways_seen::asked.eq_any(asked))
        .order((gateways_seen::last_at.desc(), gateways_seen::peer, gateways_seen::asked))
        .select(GatewaySeen::as_select())
        .load(connection)?)
}

/// The peers that asked for an environment since `since`, by any address, the most recent first.
pub fn of_environment(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
) -> Result<Vec<GatewaySeen>> {
    Ok(gateways_seen::table
        .filter(gateways_seen::environment_id.eq(environment))
        .filter(gateways_seen::last_at.ge(since))
        .order((gateways_seen::last_at.desc(), gateways_seen::peer, gateways_seen::asked))
        .select(GatewaySeen::as_select())
        .load(connection)?)
}

/// The rows that meant no environment, of peers that were trusted, or of those that were not.
pub fn unresolved(connection: &mut DbConnection, trusted: bool) -> Result<Vec<GatewaySeen>> {
    Ok(gateways_seen::table
        .filter(gateways_seen::environment_id.is_null().and(gateways_seen::trusted.eq(trusted)))
        .select(GatewaySeen::as_select())
        .load(connection)?)
}

/// Removes some rows of peers that have not asked since `oldest`, and, while there are more than
/// `most` rows, some of untrusted peers; the longest ago first. `false`: there is nothing to
/// remove.
pub fn forget_some(
    connection: &mut DbConnection,
    oldest: NaiveDateTime,
    most: i64,
) -> Result<bool> {
    let old = gateways_seen::table.filter(gateways_seen::last_at.lt(oldest)).into_boxed();
    if forget(connection, old, FORGOTTEN_AT_ONCE)? {
        return Ok(true);
    }
    let all: i64 = gateways_seen::table.count().get_result(connection)?;
    let untrusted = gateways_seen::table.filter(gateways_seen::trusted.eq(false)).into_boxed();
    Ok(all > most && forget(connection, untrusted, FORGOTTEN_AT_ONCE.min(all - most))?)
}

/// Removes those of these rows that are the oldest. Returns whether there were any.
fn forget(
    connection: &mut DbConnection,
    rows: gateways_seen::BoxedQuery<'_, <DbConnection as Connection>::Backend>,
    at_once: i64,
) -> Result<bool> {
    let these: Vec<(String, String)> = rows
        .order(gateways_seen::last_at)
        .limit(at_once)
        .select((gateways_seen::peer, gateways_seen::asked))
        .load(connection)?;
    for (peer, asked) in &these {
        remove(connection, peer, asked)?;
    }
    Ok(!these.is_empty())
}
