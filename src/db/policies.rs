//! Table `policies`: access rules and token settings of an environment. Without a row, the defaults
//! apply.

use diesel::prelude::*;

use super::schema::policies;
use super::transaction::savepoint;
use super::{DbConnection, EnvironmentId, Error, Result, contract};
use crate::model::PolicyTag;

/// The tag and the settings (JSON) of an environment's policy. The verifier reads them after the
/// key, so the contract is read with them once more.
pub fn find(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
) -> Result<Option<(PolicyTag, String)>> {
    let found: Option<(Option<i32>, PolicyTag, String)> = policies::table
        .find(environment)
        .select((contract::number(), policies::tag, policies::settings))
        .first(connection)
        .optional()?;
    let Some((number, tag, settings)) = found else { return Ok(None) };
    contract::require(number)?;
    Ok(Some((tag, settings)))
}

/// Replaces the policy that the caller has seen (`None`: there was no row). `false`: somebody else
/// was first.
pub fn replace(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    seen: Option<&PolicyTag>,
    tag: &PolicyTag,
    settings: &str,
) -> Result<bool> {
    let new = (policies::tag.eq(tag), policies::settings.eq(settings));
    let Some(seen) = seen else {
        let row = (policies::environment_id.eq(environment), new);
        return match savepoint(connection, |connection| {
            diesel::insert_into(policies::table).values(row).execute(connection)
        }) {
            Ok(_) => Ok(true),
            Err(Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        };
    };
    let row = policies::table
        .filter(policies::environment_id.eq(environment).and(policies::tag.eq(seen)));
    Ok(diesel::update(row).set(new).execute(connection)? == 1)
}
