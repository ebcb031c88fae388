//! Renaming an environment, and changing its protection.

use super::{Deletion, Environment, GivenUp, Id, Name, NameError, delete, names};
use crate::db::{self, DbConnection, ProjectId, environments, former_names};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::api_keys::holds_imported;
use crate::domain::members::{self, AccessError, Right};
use crate::domain::text::fingerprint;

/// What an environment is to become.
#[derive(Debug, Clone)]
pub struct Change {
    /// The name, unique among the living environments of the project.
    pub name: Name,
    /// Whether only owners and admins may change its keys.
    pub protected: bool,
    /// The former holder of the name that the form showed: see [`GivenUp::Untold`].
    pub told: Option<Id>,
    /// What [`seen`] returned when the form was made, so that nobody overwrites a change that they
    /// have not seen.
    pub seen: String,
}

#[derive(Debug)]
pub struct Changed {
    pub before: Environment,
    pub after: Environment,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such environment in the project.
    #[error("no such environment")]
    NotFound,
    #[error("the environment is deleted")]
    Gone(Box<Deletion>),
    /// Somebody else has changed it meanwhile. This is how it is now.
    #[error("the environment was changed meanwhile")]
    Stale(Box<Environment>),
    /// Another environment has this name.
    #[error("the environment {0} is there already")]
    NameTaken(Name),
    /// The name is a key of the project that was imported.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Another environment had this name.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
    /// It was renamed too often.
    #[error(
        "This environment had {MOST_FORMER} other names, and answers to all of them. Use one of those again."
    )]
    TooMany,
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// How many former names an environment may have. The verifier reads all of them at each lookup.
const MOST_FORMER: usize = 50;

/// A fingerprint of the environment that a form shows.
pub fn seen(environment: &Environment) -> String {
    fingerprint(&[&environment.name, if environment.protected { "protected" } else { "plain" }])
}

/// Changes what is different. Links and gateways with the old name mean this environment until
/// another one takes the name.
pub fn change(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    id: &Id,
    change: &Change,
) -> Result<Changed, ChangeError> {
    db::lock(connection, db::Lock::Environments)?;
    members::require(connection, project, act.actor, Right::Manage)?;
    let before = delete::find(connection, project, id)?.ok_or(ChangeError::NotFound)?;
    if before.deleted_at.is_some() {
        return Err(ChangeError::Gone(Box::new(delete::already(connection, before)?)));
    }
    if seen(&before) != change.seen {
        return Err(ChangeError::Stale(Box::new(before)));
    }
    let name = change.name.as_str();
    let after =
        Environment { name: name.to_owned(), protected: change.protected, ..before.clone() };
    if before.name != name {
        if holds_imported(connection, project, name)? {
            return Err(NameError::IsKey.into());
        }
        if environments::name_exists(connection, project, name)? {
            return Err(ChangeError::NameTaken(change.name.clone()));
        }
        names::may_take(
            connection,
            project,
            &change.name,
            Some(id),
            change.told.as_ref(),
            act.actor,
        )?;
        let former = before.former_names.split_whitespace().filter(|former| *former != name);
        if former.count() >= MOST_FORMER {
            return Err(ChangeError::TooMany);
        }
        former_names::take(connection, project, name)?;
        former_names::give_up(connection, &before, &before.name)?;
        let detail = format!("it was {}", before.name);
        activity::record(
            connection,
            act,
            &Event::environment(Action::EnvironmentRenamed, &after).detail(&detail),
        )?;
    }
    if before.protected != change.protected {
        let action = if change.protected {
            Action::EnvironmentProtected
        } else {
            Action::EnvironmentUnprotected
        };
        activity::record(connection, act, &Event::environment(action, &after))?;
    }
    environments::change(connection, id, name, change.protected)?;
    let after = environments::find(connection, id)?.ok_or(ChangeError::NotFound)?;
    Ok(Changed { before, after })
}
