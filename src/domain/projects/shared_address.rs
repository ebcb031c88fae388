//! The environments that a project's shared address, `/v1/verify/{project}/*`, stands for.

use super::Project;
use crate::db::{self, DbConnection, environments};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::{Environment, Id};
use crate::domain::members::{self, AccessError, Right};
use crate::domain::text::fingerprint;

#[derive(Debug, Clone)]
pub struct SharedAddress {
    /// The environments that the address stands for. If there are none, the address is refused.
    pub environments: Vec<Id>,
    /// What [`seen_shared_address`] returned when the form was made, so that nobody includes an
    /// environment that they have not seen.
    pub seen: String,
}

#[derive(Debug, thiserror::Error)]
pub enum SharedAddressError {
    /// The environments are not the ones that the form showed.
    #[error("the environments were changed meanwhile")]
    Stale,
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A fingerprint of the environments of a project that a form shows.
pub fn seen_shared_address(environments: &[Environment]) -> String {
    let texts: Vec<&str> = environments
        .iter()
        .flat_map(|environment| {
            let chosen = if environment.answers_all { "chosen" } else { "" };
            [environment.id.as_str(), &environment.name, chosen]
        })
        .collect();
    fingerprint(&texts)
}

/// Changes the environments that the address stands for. Environments that are created later are
/// not included.
pub fn set_shared_address(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &Project,
    chosen: &SharedAddress,
) -> Result<(), SharedAddressError> {
    // Nobody adds or renames an environment meanwhile.
    db::lock(connection, db::Lock::Environments)?;
    members::require(connection, &project.id, act.actor, Right::Manage)?;
    let all = environments::list(connection, &project.id)?;
    let is_there = |id: &Id| all.iter().any(|environment| environment.id == *id);
    if seen_shared_address(&all) != chosen.seen || !chosen.environments.iter().all(is_there) {
        return Err(SharedAddressError::Stale);
    }
    let (mut changed, mut names) = (false, Vec::new());
    for environment in &all {
        let answers = chosen.environments.contains(&environment.id);
        if answers {
            names.push(environment.name.as_str());
        }
        if answers != environment.answers_all {
            environments::set_answers_all(connection, &environment.id, answers)?;
            changed = true;
        }
    }
    if changed {
        let detail = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        activity::record(
            connection,
            act,
            &Event::project(Action::SharedAddressChanged, project).detail(&detail),
        )?;
    }
    Ok(())
}
