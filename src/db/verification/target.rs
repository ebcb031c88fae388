//! What was asked for when it is not a living environment by its current name or id: one that was
//! renamed or deleted, or one that never existed.

use std::sync::Arc;

use diesel::prelude::*;

use super::rows::{HomeRow, home};
use super::{AskedEnvironments, Home};
use crate::db::schema::{environments, policies, projects};
use crate::db::{DbConnection, EnvironmentId, ProjectId, Result, former_names};
use crate::model::{AskedEnvironment, AskedFor, AskedProject};

pub(super) enum Target {
    NoProject,
    NoEnvironment,
    Environments(Environments),
}

pub(super) struct Environments {
    pub(super) project: ProjectId,
    pub(super) homes: Vec<Arc<Home>>,
    pub(super) meant: Arc<AskedEnvironments>,
}

impl Environments {
    /// The environments of these rows. `None`: there are none.
    pub(super) fn of(rows: impl IntoIterator<Item = HomeRow>) -> Option<Self> {
        let rows: Vec<HomeRow> = rows.into_iter().collect();
        let gone = rows.iter().all(|row| !row.is_living()).then(|| rows.first()?.gone()).flatten();
        let homes: Vec<Arc<Home>> = rows.into_iter().map(|row| Arc::new(row.into())).collect();
        let project = homes.first()?.project.clone();
        let mut names: Vec<String> = homes.iter().map(|home| home.name.clone()).collect();
        names.dedup();
        let environment = match homes.as_slice() {
            [one] => Some(one.environment.clone()),
            _ => None,
        };
        Some(Self {
            project,
            homes,
            meant: Arc::new(AskedEnvironments { names, environment, gone }),
        })
    }
}

/// The environments that were asked for. An id or a name keeps its meaning after its environment is
/// deleted: that environment's keys are told that they are deleted, and other keys that there is no
/// such environment. `*` means the environments that the project's settings list.
pub(super) fn resolve(connection: &mut DbConnection, asked: &AskedFor) -> Result<Target> {
    let mut query = projects::table.into_boxed();
    query = match &asked.project {
        AskedProject::Id(id) => query.filter(projects::id.eq(id)),
        AskedProject::Slug(slug) => query.filter(projects::slug.eq(slug)),
    };
    let found: Option<ProjectId> = query.select(projects::id).first(connection).optional()?;
    let Some(project) = found else { return Ok(Target::NoProject) };

    let rows = match &asked.environment {
        AskedEnvironment::Id(id) => of_project(connection, &project, &Which::Id(id))?,
        AskedEnvironment::Listed => of_project(connection, &project, &Which::Listed)?,
        AskedEnvironment::Name(name) => named(connection, &project, name)?,
    };
    Ok(Environments::of(rows).map_or(Target::NoEnvironment, Target::Environments))
}

/// The environments that a name means: the living one that has it, or else the last one that gave
/// it up.
fn named(connection: &mut DbConnection, project: &ProjectId, name: &str) -> Result<Vec<HomeRow>> {
    let mut rows = of_project(connection, project, &Which::Name(name))?;
    if rows.iter().any(HomeRow::is_living) {
        rows.retain(HomeRow::is_living);
        return Ok(rows);
    }
    match former_names::find(connection, project, name)? {
        Some(former) => of_project(connection, project, &Which::Id(&former)),
        None => Ok(rows),
    }
}

enum Which<'a> {
    Id(&'a EnvironmentId),
    Name(&'a str),
    Listed,
}

fn of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    which: &Which<'_>,
) -> Result<Vec<HomeRow>> {
    let all = environments::table
        .inner_join(projects::table)
        .left_join(policies::table)
        .filter(environments::project_id.eq(project))
        .into_boxed();
    let these = match which {
        Which::Id(id) => all.filter(environments::id.eq(*id)),
        Which::Name(name) => all.filter(environments::name.eq(*name)),
        Which::Listed => all
            .filter(environments::answers_all.and(environments::deleted_at.is_null()))
            .order((environments::created_at, environments::id)),
    };
    Ok(these.select(home!()).load(connection)?)
}
