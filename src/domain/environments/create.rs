//! Adding an environment.

use chrono::NaiveDateTime;

use super::{Environment, GivenUp, Id, Name, NameError, names};
use crate::db::environments::{self, NewEnvironment as Row};
use crate::db::{self, DbConnection, EnvironmentId, ProjectId, former_names};
use crate::domain::activity::{self, Action, Event};
use crate::domain::api_keys::holds_imported;
use crate::domain::instance;
use crate::domain::members::{self, AccessError, Right};
use crate::domain::{Act, CryptoRng};

/// The environments that every project starts with, and whether each is protected.
const FIRST: [(&str, bool); 3] = [("dev", false), ("staging", false), ("prod", true)];

/// An environment that is to be created.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// The name, unique among the living environments of the project.
    pub name: Name,
    /// Whether only owners and admins may change its keys. Only they may ask for that.
    pub protected: bool,
    /// The former holder of the name that the form showed: see [`GivenUp::Untold`].
    pub told: Option<Id>,
}

/// Why no environment was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Another environment has this name.
    #[error("the environment {0} is there already")]
    NameTaken(Name),
    /// The name is a key of the project that was imported.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Another environment had this name.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
    /// The project has too many environments.
    #[error("A project has at most {0} environments. Delete one that nobody needs.")]
    TooMany(u32),
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Adds an environment. Links and gateways with its name mean it from now on.
pub fn create(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    project: &ProjectId,
    new: &NewEnvironment,
) -> Result<Environment, CreateError> {
    db::lock(connection, db::Lock::Environments)?;
    members::require(
        connection,
        project,
        act.actor,
        if new.protected { Right::Manage } else { Right::AddEnvironments },
    )?;
    let name = new.name.as_str();
    if holds_imported(connection, project, name)? {
        return Err(NameError::IsKey.into());
    }
    if environments::name_exists(connection, project, name)? {
        return Err(CreateError::NameTaken(new.name.clone()));
    }
    let counts = environments::count_by_project(connection, std::slice::from_ref(project))?;
    let most = instance::settings::get(connection)?.limits.environments;
    if counts.iter().any(|(_, count)| *count >= i64::from(most)) {
        return Err(CreateError::TooMany(most));
    }
    names::may_take(connection, project, &new.name, None, new.told.as_ref(), act.actor)?;
    former_names::take(connection, project, name)?;
    let id = EnvironmentId::new(act.now, act.rng());
    let row =
        Row { id: &id, project_id: project, name, protected: new.protected, created_at: act.now };
    environments::insert(connection, &row)?;
    let environment = Environment {
        id,
        project_id: project.clone(),
        name: name.to_owned(),
        protected: new.protected,
        created_at: act.now,
        deleted_at: None,
        deleted_by: None,
        former_names: String::new(),
        answers_all: false,
    };
    let event = Event::environment(Action::EnvironmentCreated, &environment)
        .detail(if new.protected { "protected" } else { "" });
    activity::record(connection, act, &event)?;
    Ok(environment)
}

/// Adds the environments that every project starts with.
pub(in crate::domain) fn create_first(
    connection: &mut DbConnection,
    project: &ProjectId,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> db::Result<()> {
    for (nth, (name, protected)) in (0..).zip(FIRST) {
        environments::insert(
            connection,
            &Row {
                id: &EnvironmentId::new(now, rng),
                project_id: project,
                name,
                protected,
                // Environments are listed in the order in which they were created.
                created_at: now + chrono::TimeDelta::microseconds(nth),
            },
        )?;
    }
    Ok(())
}
