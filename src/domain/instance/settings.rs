//! The settings of the instance, which only administrators change.

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{AccountError, require};
use crate::db::{self, DbConnection, members, settings};
use crate::domain::activity::{self, Action, Event};
use crate::domain::users::{self, User};
use crate::domain::{Act, Actor};
use crate::model::words;

/// The name under which they are stored, as JSON.
const NAME: &str = "instance";

words! {
    /// Who may create projects.
    pub enum ProjectCreation {
        Administrators = "administrators",
        /// Administrators, and whoever owns a project already.
        Owners = "owners",
        Everybody = "everybody",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub project_creation: ProjectCreation,
    /// Whether everybody must sign in in two steps.
    pub two_step: Option<TwoStepRule>,
    /// Limits that hold for what is added from now on.
    pub limits: Limits,
}

/// Everybody must sign in in two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoStepRule {
    /// When this was set.
    pub since: NaiveDateTime,
    /// For so many days after that, or after they got their account, people may go on without.
    pub grace_days: u16,
}

impl TwoStepRule {
    /// From when on somebody needs it whose account was created at this time.
    pub fn holds_from(&self, created_at: NaiveDateTime) -> NaiveDateTime {
        self.since.max(created_at) + TimeDelta::days(self.grace_days.into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Living projects that a user owns.
    pub projects: u32,
    /// Living environments of a project.
    pub environments: u32,
    /// Living keys of an environment.
    pub keys: u32,
}

impl Limits {
    /// Each row of an environment is on several pages, and a list of keys is sorted and searched.
    pub const MOST: Self = Self { projects: 1000, environments: 100, keys: 100_000 };
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            project_creation: ProjectCreation::Owners,
            two_step: None,
            limits: Limits { projects: 200, environments: 100, keys: 10_000 },
        }
    }
}

/// As they are stored. What a later version added is left out, and what is missing has its default.
#[derive(Serialize, Deserialize)]
struct Stored {
    project_creation: String,
    two_step: Option<TwoStepRule>,
    limits: Limits,
}

/// The settings. Those that can't be read are not taken for lax ones.
pub fn get(connection: &mut DbConnection) -> db::Result<Settings> {
    let Some(text) = settings::get(connection, NAME)? else { return Ok(Settings::default()) };
    let stored: Stored = serde_json::from_slice(&text).map_err(|_| {
        db::Error::Unavailable("the settings of the instance are damaged".to_owned())
    })?;
    Ok(Settings {
        project_creation: ProjectCreation::parse(&stored.project_creation)
            .unwrap_or(ProjectCreation::Administrators),
        two_step: stored.two_step,
        limits: stored.limits,
    })
}

/// Changes the settings.
pub fn set(
    connection: &mut DbConnection,
    act: &mut Act<'_>,
    after: &Settings,
) -> Result<(), AccountError> {
    db::lock(connection, db::Lock::Members)?;
    require(connection, act.actor)?;
    let before = get(connection)?;
    // The grace begins when it is required, and not again with every save.
    let two_step = after.two_step.map(|rule| TwoStepRule {
        since: before.two_step.map_or(act.now, |before| before.since),
        ..rule
    });
    let after = Settings { two_step, ..after.clone() };
    if after == before {
        return Ok(());
    }
    let stored = Stored {
        project_creation: after.project_creation.as_str().to_owned(),
        two_step: after.two_step,
        limits: after.limits,
    };
    let text =
        serde_json::to_vec(&stored).map_err(|error| db::Error::Unavailable(error.to_string()))?;
    settings::set(connection, NAME, &text)?;
    let detail = difference(&before, &after);
    let event = Event::instance(Action::InstanceChanged).detail(&detail);
    activity::record(connection, act, &event)?;
    Ok(())
}

/// What changed, in words.
fn difference(before: &Settings, after: &Settings) -> String {
    let rule = |settings: &Settings| match settings.two_step {
        None => "not required".to_owned(),
        Some(rule) => format!("required after {} days", rule.grace_days),
    };
    let limits = |settings: &Settings| {
        let Limits { projects, environments, keys } = settings.limits;
        format!("{projects} projects, {environments} environments, {keys} keys")
    };
    let parts = [
        (
            "projects created by",
            before.project_creation.to_string(),
            after.project_creation.to_string(),
        ),
        ("two-step sign-in", rule(before), rule(after)),
        ("limits", limits(before), limits(after)),
    ];
    let changed = parts.into_iter().filter(|(_, before, after)| before != after);
    changed
        .map(|(what, before, after)| format!("{what}: {before} to {after}"))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Why somebody may not create projects, as a message for them. `None`: they may. The command line
/// may.
pub fn why_not_create_projects(
    connection: &mut DbConnection,
    actor: &Actor,
) -> db::Result<Option<&'static str>> {
    let Some(id) = actor.user() else { return Ok(None) };
    let policy = get(connection)?.project_creation;
    if users::standing(connection, id)? == Some((true, true)) {
        return Ok(None);
    }
    Ok(match policy {
        ProjectCreation::Everybody => None,
        ProjectCreation::Owners if members::owns_any(connection, id)? => None,
        ProjectCreation::Owners => Some(
            "Only administrators of this Keyrack, and people who own a project already, can create \
             projects. Ask one of them.",
        ),
        ProjectCreation::Administrators => {
            Some("Only administrators of this Keyrack can create projects. Ask one of them.")
        }
    })
}

/// Whether this user has to set up two-step sign-in before anything else.
pub fn must_set_up_two_step(
    connection: &mut DbConnection,
    user: &User,
    now: NaiveDateTime,
) -> db::Result<bool> {
    let Some(rule) = get(connection)?.two_step else { return Ok(false) };
    Ok(now >= rule.holds_from(user.created_at)
        && db::two_step::find(connection, &user.id)?.is_none())
}
