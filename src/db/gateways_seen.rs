//! Table `gateways_seen`: who asked the verifier, for which address, and when last.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::gateways_seen;
use super::upsert::upsert;
use super::usage_hours::FORGOTTEN_AT_ONCE;
use super::{DbConnection, EnvironmentId, Result};

const ON_CONFLICT: &str = "(peer, asked) DO UPDATE SET environment_id = excluded.environment_id, \
    trusted = excluded.trusted, original_at = excluded.original_at, \
    untrusted_original_at = excluded.untrusted_original_at, last_at = excluded.last_at";

/// A peer that asked, and for which address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = gateways_seen, treat_none_as_default_value = false)]
pub struct GatewaySeen {
    /// The address of the connection: the gateway itself.
    pub peer: String,
    /// `{project}/{environment}`, as it stood in the path.
    pub asked: String,
    /// Which environment that meant; none: there was none, or it meant several.
    pub environment_id: Option<EnvironmentId>,
    /// Whether the peer was trusted when it asked last.
    pub trusted: bool,
    /// UTC. When it last asked with an original request that was believed.
    pub original_at: Option<NaiveDateTime>,
    /// UTC. When it last sent an original request with a good key, and was not trusted.
    pub untrusted_original_at: Option<NaiveDateTime>,
    /// UTC. When it asked last, to the minute.
    pub last_at: NaiveDateTime,
}

/// Writes these rows, whatever was there before. Each peer and address may be there once.
pub fn put(connection: &mut DbConnection, rows: &[GatewaySeen]) -> Result<()> {
    upsert!(connection, gateways_seen, rows, GatewaySeen, ON_CONFLICT)
}

/// Removes the row of a peer and an address.
pub fn remove(connection: &mut DbConnection, peer: &str, asked: &str) -> Result<()> {
    diesel::delete(gateways_seen::table.find((peer, asked))).execute(connection)?;
    Ok(())
}

/// Who asked for these addresses, who asked last first.
pub fn of_addresses(connection: &mut DbConnection, asked: &[&str]) -> Result<Vec<GatewaySeen>> {
    Ok(gateways_seen::table
        .filter(gateways_seen::asked.eq_any(asked))
        .order((gateways_seen::last_at.desc(), gateways_seen::peer, gateways_seen::asked))
        .select(GatewaySeen::as_select())
        .load(connection)?)
}

/// Who asked for an environment from `since` on, by whichever address, who asked last first.
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

/// Who asked for what meant no environment, and was trusted or not.
pub fn unresolved(connection: &mut DbConnection, trusted: bool) -> Result<Vec<GatewaySeen>> {
    Ok(gateways_seen::table
        .filter(gateways_seen::environment_id.is_null().and(gateways_seen::trusted.eq(trusted)))
        .select(GatewaySeen::as_select())
        .load(connection)?)
}

/// Forgets some that did not ask since `oldest`; of more than `most`, also some that are not
/// trusted, those that asked longest ago first. `false` when there is nothing to forget.
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

/// Forgets those of these rows that asked longest ago; whether there were any.
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
