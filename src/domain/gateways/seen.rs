//! Queries: which gateways asked for what.

use chrono::NaiveDateTime;

use crate::db::environments::Environment;
use crate::db::projects::Project;
use crate::db::{DbConnection, EnvironmentId, Result, gateways_seen};

use super::GatewaySeen;

/// The gateways that asked for this name in a project since `since`, whatever the name meant, the
/// most recent first. (A gateway that asks by id is not affected by names.)
pub fn asked_for(
    connection: &mut DbConnection,
    project: &Project,
    name: &str,
    since: NaiveDateTime,
) -> Result<Vec<GatewaySeen>> {
    let addresses = [format!("{}/{name}", project.slug), format!("{}/{name}", project.id)];
    let addresses = addresses.each_ref().map(String::as_str);
    let mut seen = gateways_seen::of_addresses(connection, &addresses)?;
    seen.retain(|gateway| gateway.last_at >= since);
    Ok(seen)
}

/// The gateways that asked for an environment since `since`, by any name or id, the most recent
/// first.
pub fn of_environment(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
) -> Result<Vec<GatewaySeen>> {
    gateways_seen::of_environment(connection, environment, since)
}

/// The untrusted gateways that sent original requests with good keys of an environment since
/// `since`.
pub fn untrusted_originals(
    connection: &mut DbConnection,
    environment: &Environment,
    since: NaiveDateTime,
) -> Result<Vec<GatewaySeen>> {
    let mut seen = gateways_seen::of_environment(connection, &environment.id, since)?;
    seen.retain(|gateway| {
        !gateway.trusted && gateway.untrusted_original_at.is_some_and(|at| at >= since)
    });
    Ok(seen)
}
