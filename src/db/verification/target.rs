//! What is asked for, when it is not simply a living environment by its name or id: one that was
//! renamed or deleted, or nothing that ever was.

use std::sync::Arc;

use diesel::prelude::*;

use super::Home;
use super::rows::{HomeRow, home};
use crate::db::schema::{environments, policies, projects};
use crate::db::{DbConnection, ProjectId, Result, contract};
use crate::model::{AskedEnvironment, AskedFor, AskedProject};

/// What is asked for.
pub(super) enum Target {
    NoProject,
    NoEnvironment,
    Environments(Environments),
}

/// Environments of one project.
pub(super) struct Environments {
    pub(super) project: ProjectId,
    pub(super) homes: Vec<Arc<Home>>,
    pub(super) names: Arc<[String]>,
}

impl Environments {
    /// Those of these rows. `None`: there are none.
    pub(super) fn of(rows: impl IntoIterator<Item = HomeRow>) -> Option<Self> {
        let homes: Vec<Arc<Home>> = rows.into_iter().map(|row| Arc::new(row.into())).collect();
        let project = homes.first()?.project.clone();
        let mut names: Vec<String> = homes.iter().map(|home| home.name.clone()).collect();
        names.dedup();
        Some(Self { project, homes, names: names.into() })
    }
}

/// What is asked for. An id means what it always meant, also when that is deleted: its keys are
/// told that they are. A name means the living environment that has it, or that had it last, or the
/// deleted ones that nobody took it from.
pub(super) fn resolve(connection: &mut DbConnection, asked: &AskedFor) -> Result<Target> {
    let mut query = projects::table.into_boxed();
    query = match &asked.project {
        AskedProject::Id(id) => query.filter(projects::id.eq(id)),
        AskedProject::Slug(slug) => query.filter(projects::slug.eq(slug)),
    };
    let found: Option<(Option<i32>, ProjectId)> =
        query.select((contract::number(), projects::id)).first(connection).optional()?;
    let Some((number, project)) = found else { return Ok(Target::NoProject) };
    contract::require(number)?;

    let mut query = environments::table
        .inner_join(projects::table)
        .left_join(policies::table)
        .filter(environments::project_id.eq(&project))
        .into_boxed();
    query = match &asked.environment {
        AskedEnvironment::Id(id) => query.filter(environments::id.eq(id)),
        AskedEnvironment::Name(name) => query.filter(environments::name.eq(name)),
        AskedEnvironment::Listed => return Ok(Target::NoEnvironment),
    };
    let mut rows: Vec<HomeRow> = query.select(home!()).load(connection)?;
    if rows.iter().any(HomeRow::is_living) {
        rows.retain(HomeRow::is_living);
    }
    Ok(Environments::of(rows).map_or(Target::NoEnvironment, Target::Environments))
}
