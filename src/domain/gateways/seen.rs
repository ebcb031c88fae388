//! Which gateways asked for what.

use chrono::NaiveDateTime;

use crate::db::environments::Environment;
use crate::db::projects::Project;
use crate::db::{DbConnection, EnvironmentId, Result, gateways_seen};

use super::GatewaySeen;

/// Who asked for this name in a project from `since` on, whatever it meant, who asked last first.
/// (Who asked for an id asks for the environment, whatever its name.)
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

/// Who asked for an environment from `since` on, by whichever name or id, who asked last first.
pub fn of_environment(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    since: NaiveDateTime,
) -> Result<Vec<GatewaySeen>> {
    gateways_seen::of_environment(connection, environment, since)
}

/// Who sent original requests with good keys of an environment from `since` on, and is not trusted.
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
