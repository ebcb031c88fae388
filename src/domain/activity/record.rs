//! Recording what is being done.

use chrono::NaiveDateTime;

use super::{Action, Id, SubjectKind};
use crate::db::activity::{self, NewEntry};
use crate::db::api_keys::ApiKey;
use crate::db::environments::Environment;
use crate::db::projects::Project;
use crate::db::{DbConnection, ProjectId, Result, users};
use crate::domain::text::fold;
use crate::domain::{Actor, CryptoRng};

/// What is being done, and to what.
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
    /// Something done to a key: never more of it than its mask.
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

    /// Something done to a project.
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

    /// Something done to an environment.
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

    /// With what changed, in words.
    #[must_use]
    pub fn detail(self, detail: &'a str) -> Self {
        Self { detail, ..self }
    }
}

/// Adds the entry.
pub fn record(connection: &mut DbConnection, event: &Event<'_>, actor: &Actor, now: NaiveDateTime, rng: &mut impl CryptoRng) -> Result<()> {
    let actor_name = match actor.user() {
        Some(user) => users::find(connection, user)?.map(|user| user.name).unwrap_or_default(),
        None => "the command line".to_owned(),
    };
    let address = actor.address().map(|address| address.to_string());
    activity::insert(
        connection,
        &NewEntry {
            id: &Id::new(now, rng),
            project_id: event.project,
            at: now,
            action: event.action,
            subject_kind: event.kind,
            subject_id: event.id,
            subject: event.name,
            subject_folded: &fold(event.name),
            mask: event.mask,
            detail: event.detail,
            environment_id: event.environment.map(|environment| &environment.id),
            environment: event.environment.map_or("", |environment| environment.name.as_str()),
            actor_id: actor.user(),
            actor: &actor_name,
            address: address.as_deref(),
            session: actor.session(),
        },
    )
}
