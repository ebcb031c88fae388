//! Changing the name and the description of a project.

use super::{Description, DescriptionError, Id, Name, Project};
use crate::db::{self, DbConnection, projects};
use crate::domain::Act;
use crate::domain::activity::{self, Action, Event};
use crate::domain::api_keys::holds_imported;
use crate::domain::members::{self, AccessError, Right};
use crate::domain::text::{NameError, fingerprint};

/// What was changed. The rest is not checked, because the rules may have become stricter.
#[derive(Debug, Clone)]
pub struct Change {
    pub name: Option<Name>,
    /// A few words; may be empty.
    pub description: Option<Description>,
    /// What [`seen`] returned when the form was made, so that nobody overwrites a change that they
    /// have not seen.
    pub seen: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else has changed it meanwhile. This is how it is now.
    #[error("the project was changed meanwhile")]
    Stale(Box<Project>),
    /// The name is a key of the project that was imported.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is such a key in the description.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    #[error(transparent)]
    Refused(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A fingerprint of the project that a form shows.
pub fn seen(project: &Project) -> String {
    fingerprint(&[&project.name, &project.description])
}

/// Changes what is different. The slug stays the same, so that links go on working.
pub fn change(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    id: &Id,
    change: &Change,
) -> Result<Project, ChangeError> {
    // Without the lock, two forms that showed the same could both be accepted.
    db::lock(connection, db::Lock::Environments)?;
    members::require(connection, id, act.actor, Right::Manage)?;
    let before = projects::find_by_id(connection, id)?.ok_or(AccessError::Stranger)?;
    if seen(&before) != change.seen {
        return Err(ChangeError::Stale(Box::new(before)));
    }
    let name = change.name.as_ref().map_or(before.name.as_str(), Name::as_str);
    let description =
        change.description.as_ref().map_or(before.description.as_str(), Description::as_str);
    if name != before.name && holds_imported(connection, id, name)? {
        return Err(NameError::IsKey.into());
    }
    if description != before.description && holds_imported(connection, id, description)? {
        return Err(DescriptionError::HasKey.into());
    }
    let after =
        Project { name: name.to_owned(), description: description.to_owned(), ..before.clone() };
    let detail = match (before.name != after.name, before.description != after.description) {
        (false, false) => return Ok(after),
        (true, false) => format!("it was called {}", before.name),
        (false, true) => "its description".to_owned(),
        (true, true) => format!("it was called {}, and its description", before.name),
    };
    projects::describe(connection, id, &after.name, &after.description)?;
    activity::record(
        connection,
        act,
        &Event::project(Action::ProjectChanged, &after).detail(&detail),
    )?;
    Ok(after)
}
