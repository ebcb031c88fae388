//! Table `policies`: what an environment allows beyond its keys. No row means the defaults.

use diesel::prelude::*;

use super::connection::savepoint;
use super::schema::policies;
use super::{DbConnection, EnvironmentId, Error, Result};

/// The version and the settings (JSON) of an environment's policy.
pub fn find(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
) -> Result<Option<(i64, String)>> {
    Ok(policies::table
        .find(environment)
        .select((policies::version, policies::settings))
        .first(connection)
        .optional()?)
}

/// Replaces the version that the caller saw (0: no row) by the next one; `false` when somebody else
/// was first.
pub fn replace(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    seen: i64,
    settings: &str,
) -> Result<bool> {
    if seen == 0 {
        let row = (
            policies::environment_id.eq(environment),
            policies::version.eq(1),
            policies::settings.eq(settings),
        );
        return match savepoint(connection, |connection| {
            diesel::insert_into(policies::table).values(row).execute(connection)
        }) {
            Ok(_) => Ok(true),
            Err(Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        };
    }
    let row = policies::table
        .filter(policies::environment_id.eq(environment).and(policies::version.eq(seen)));
    Ok(diesel::update(row)
        .set((policies::version.eq(seen + 1), policies::settings.eq(settings)))
        .execute(connection)?
        == 1)
}
