//! The projects of a user, with the numbers of their environments and keys.

use std::collections::HashMap;

use super::{Id, Project};
use crate::db::{self, DbConnection, EnvironmentId, Kind, api_keys, environments, projects};
use crate::domain::members::Role;
use crate::domain::paging::{Part, Wanted};
use crate::domain::users;

/// A project in the list of its members.
#[derive(Debug, Clone)]
pub struct Listed {
    pub project: Project,
    /// The role of the user in the project.
    pub role: Role,
    /// What it holds.
    pub holds: Holds,
}

/// What a project holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holds {
    /// Living environments.
    pub environments: i64,
    /// Living keys.
    pub keys: i64,
}

/// So many projects are asked about at once: a statement takes only so many values.
const AT_ONCE: usize = 1_000;

/// A page of the projects that `user` is a member of, by name.
pub fn list(
    connection: &mut DbConnection,
    user: &users::Id,
    wanted: &Wanted,
) -> db::Result<Part<Listed>> {
    let projects = projects::list_for(connection, user)?;
    let (projects, part) =
        Part::of(projects, wanted, |(project, _)| vec![&project.name, &project.slug]).take();
    let mut holds = holds(connection, projects.iter().map(|(project, _)| project))?;
    let listed = |(project, role): (Project, Role)| Listed {
        holds: holds.remove(&project.id).unwrap_or_default(),
        project,
        role,
    };
    Ok(part.with(projects.into_iter().map(listed).collect()))
}

/// All projects of this Keyrack, by slug: for the command line.
pub fn list_all(connection: &mut DbConnection) -> db::Result<Vec<(Project, Holds)>> {
    let projects = projects::list(connection)?;
    let mut holds = holds(connection, projects.iter())?;
    let held = |project: Project| {
        let holds = holds.remove(&project.id).unwrap_or_default();
        (project, holds)
    };
    Ok(projects.into_iter().map(held).collect())
}

fn holds<'a>(
    connection: &mut DbConnection,
    projects: impl Iterator<Item = &'a Project>,
) -> db::Result<HashMap<Id, Holds>> {
    let ids: Vec<Id> = projects.map(|project| project.id.clone()).collect();
    let mut holds: HashMap<Id, Holds> = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        for (project, count) in environments::count_by_project(connection, ids)? {
            holds.entry(project).or_default().environments = count;
        }
        for (project, .., count) in api_keys::count_by_environment(connection, ids)? {
            holds.entry(project).or_default().keys += count;
        }
    }
    Ok(holds)
}

/// How many living keys an environment has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// Publishable keys (`pk_`).
    pub publishable: i64,
    /// Secret keys (`sk_`).
    pub secret: i64,
}

impl KeyCounts {
    /// The number of keys of both kinds.
    pub fn total(self) -> i64 {
        self.publishable + self.secret
    }

    /// The keys in words: `2 publishable and 3 secret keys ended`, `no key ended`.
    pub fn ended(self) -> String {
        match (self.publishable, self.secret) {
            (0, 0) => "no key ended".to_owned(),
            (1, 0) => "1 publishable key ended".to_owned(),
            (0, 1) => "1 secret key ended".to_owned(),
            (publishable, 0) => format!("{publishable} publishable keys ended"),
            (0, secret) => format!("{secret} secret keys ended"),
            (publishable, secret) => {
                format!("{publishable} publishable and {secret} secret keys ended")
            }
        }
    }
}

impl std::ops::Add for KeyCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            publishable: self.publishable + other.publishable,
            secret: self.secret + other.secret,
        }
    }
}

/// The numbers of living keys of each environment of a project that has any.
pub fn key_counts(
    connection: &mut DbConnection,
    project: &Id,
) -> db::Result<Vec<(EnvironmentId, KeyCounts)>> {
    let mut counts: Vec<(EnvironmentId, KeyCounts)> = Vec::new();
    for (_, environment, kind, count) in
        api_keys::count_by_environment(connection, std::slice::from_ref(project))?
    {
        let at = match counts.iter().position(|(id, _)| *id == environment) {
            Some(at) => at,
            None => {
                counts.push((environment, KeyCounts::default()));
                counts.len() - 1
            }
        };
        match kind {
            Kind::Publishable => counts[at].1.publishable = count,
            Kind::Secret => counts[at].1.secret = count,
        }
    }
    Ok(counts)
}
