//! Writes the entries of the activity.

use chrono::TimeDelta;

use super::{Action, Id, SubjectKind};
use crate::db::activity::{self, NewEntry};
use crate::db::api_keys::ApiKey;
use crate::db::environments::Environment;
use crate::db::invitations::Invitation;
use crate::db::projects::Project;
use crate::db::users::User;
use crate::db::{DbConnection, ProjectId, Result, users};
use crate::domain::text::fold;
use crate::domain::{Act, Actor};

/// An action, and what it is done to.
#[derive(Debug)]
pub struct Event<'a> {
    action: Action,
    kind: SubjectKind,
    id: &'a str,
    name: &'a str,
    mask: &'a str,
    detail: &'a str,
    project: Option<&'a ProjectId>,
    environment: Option<&'a Environment>,
}

impl<'a> Event<'a> {
    /// An action on a key. The entry has the key's mask and never its value.
    pub fn key(action: Action, key: &'a ApiKey, environment: &'a Environment) -> Self {
        Self {
            action,
            kind: SubjectKind::Key,
            id: key.id.as_str(),
            name: &key.name,
            mask: &key.mask,
            detail: "",
            project: Some(&environment.project_id),
            environment: Some(environment),
        }
    }

    /// An action on a project.
    pub fn project(action: Action, project: &'a Project) -> Self {
        Self {
            action,
            kind: SubjectKind::Project,
            id: project.id.as_str(),
            name: &project.name,
            mask: "",
            detail: "",
            project: Some(&project.id),
            environment: None,
        }
    }

    /// An action on an environment.
    pub fn environment(action: Action, environment: &'a Environment) -> Self {
        Self {
            action,
            kind: SubjectKind::Environment,
            id: environment.id.as_str(),
            name: &environment.name,
            mask: "",
            detail: "",
            project: Some(&environment.project_id),
            environment: Some(environment),
        }
    }

    /// An action on a user's account, which belongs to no project.
    pub fn user(action: Action, user: &'a User) -> Self {
        Self { id: user.id.as_str(), name: &user.name, ..Self::nobody(action) }
    }

    /// An attempt with an account that does not exist. What was typed is not recorded: it is often
    /// a password in the wrong field.
    pub fn nobody(action: Action) -> Self {
        Self {
            action,
            kind: SubjectKind::User,
            id: "",
            name: "",
            mask: "",
            detail: "",
            project: None,
            environment: None,
        }
    }

    /// An action on the instance, which belongs to no project.
    pub fn instance(action: Action) -> Self {
        Self { kind: SubjectKind::Instance, ..Self::nobody(action) }
    }

    /// An action on a member of a project.
    pub fn member(action: Action, user: &'a User, project: &'a ProjectId) -> Self {
        Self {
            action,
            kind: SubjectKind::Member,
            id: user.id.as_str(),
            name: &user.name,
            mask: "",
            detail: "",
            project: Some(project),
            environment: None,
        }
    }

    /// An action on an invitation, which is named by its e-mail address.
    pub fn invitation(action: Action, invitation: &'a Invitation) -> Self {
        Self {
            action,
            kind: SubjectKind::Invitation,
            id: invitation.id.as_str(),
            name: &invitation.email,
            mask: "",
            detail: "",
            project: Some(&invitation.project_id),
            environment: None,
        }
    }

    /// Adds what changed, in words.
    #[must_use]
    pub fn detail(self, detail: &'a str) -> Self {
        Self { detail, ..self }
    }
}

/// The name of the actor at this time.
fn name(connection: &mut DbConnection, actor: &Actor) -> Result<String> {
    Ok(match actor {
        Actor::User { id, .. } => {
            users::find(connection, id)?.map(|user| user.name).unwrap_or_default()
        }
        Actor::CommandLine { .. } => activity::COMMAND_LINE.to_owned(),
        Actor::Stranger { .. } => "somebody".to_owned(),
    })
}

pub fn record(connection: &mut DbConnection, act: &mut Act<'_>, event: &Event<'_>) -> Result<()> {
    let actor_name = name(connection, act.actor)?;
    let address = act.actor.address().map(|address| address.to_string());
    activity::insert(
        connection,
        &NewEntry {
            id: &Id::new(act.now, act.rng()),
            project_id: event.project,
            at: act.now,
            action: event.action,
            subject_kind: event.kind,
            subject_id: event.id,
            subject: event.name,
            subject_folded: &fold(event.name),
            mask: event.mask,
            detail: event.detail,
            environment_id: event.environment.map(|environment| &environment.id),
            environment: event.environment.map_or("", |environment| environment.name.as_str()),
            actor_id: act.actor.user(),
            actor: &actor_name,
            address: address.as_deref(),
            session: act.actor.session(),
            says: act.actor.says(),
        },
    )
}

/// Records the deletion of every living key of an environment, with one statement for all of them.
/// The entries stand right before those of this moment, so that the deletion of the environment
/// itself is listed above them.
pub(in crate::domain) fn record_ended_keys(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    environment: &Environment,
    why: &str,
) -> Result<()> {
    let actor_name = name(connection, act.actor)?;
    let address = act.actor.address().map(|address| address.to_string());
    let entry = NewEntry {
        id: &Id::new(act.now - TimeDelta::milliseconds(1), act.rng()),
        project_id: Some(&environment.project_id),
        at: act.now,
        action: Action::KeyDeleted,
        subject_kind: SubjectKind::Key,
        subject_id: "",
        subject: "",
        subject_folded: "",
        mask: "",
        detail: why,
        environment_id: Some(&environment.id),
        environment: &environment.name,
        actor_id: act.actor.user(),
        actor: &actor_name,
        address: address.as_deref(),
        session: act.actor.session(),
        says: act.actor.says(),
    };
    activity::insert_for_keys(connection, &environment.id, &entry)
}
