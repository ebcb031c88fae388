//! The lookup on SQLite: one key after the other, because the prepared statement is then kept, and
//! each environment that is asked for only once. The contract is read last: together with the key,
//! or by a statement of its own where that did not answer every question.

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use super::rows::{HomeRow, KeyRow, columns, current, home, replaced};
use super::target::{self, Environments, Target};
use super::{Answer, Home, Question};
use crate::db::schema::{
    api_keys, environments, policies, projects, rotated_secrets, verification_keys,
};
use crate::db::{DbConnection, EnvironmentId, Error, ProjectId, Result, contract};
use crate::model::{AskedEnvironment, AskedFor, AskedProject};

pub(super) fn look_up(
    connection: &mut DbConnection,
    questions: &[Question],
) -> Result<Vec<Answer>> {
    let mut targets: Vec<(&AskedFor, Target)> = Vec::new();
    let mut answers: Vec<Answer> = Vec::with_capacity(questions.len());
    let mut before: Option<&Question> = None;
    for question in questions {
        let same =
            |before: &Question| before.digest == question.digest && before.asked == question.asked;
        if before.replace(question).is_some_and(same)
            && let Some(answer) = answers.last().cloned()
        {
            answers.push(answer);
            continue;
        }
        if !targets.iter().any(|(asked, _)| **asked == *question.asked) {
            targets.push((&question.asked, resolve(connection, &question.asked)?));
        }
        let target = targets.iter().find(|(asked, _)| **asked == *question.asked);
        answers.push(match target.map(|(_, target)| target) {
            None | Some(Target::NoProject) => Answer::NoProject,
            Some(Target::NoEnvironment) => Answer::NoEnvironment,
            Some(Target::Environments(environments)) => {
                answer(sqlite(connection)?, &question.digest, environments)?
            }
        });
    }
    if !answers.iter().all(|answer| matches!(answer, Answer::Here { .. })) {
        contract::check(connection)?;
    }
    Ok(answers)
}

fn sqlite(connection: &mut DbConnection) -> Result<&mut SqliteConnection> {
    match connection {
        DbConnection::Sqlite(connection) => Ok(connection),
        DbConnection::Postgres(_) => Err(Error::Unavailable("not SQLite".to_owned())),
    }
}

fn answer(
    c: &mut SqliteConnection,
    digest: &[u8; 32],
    environments: &Environments,
) -> Result<Answer> {
    let Environments { project, homes, meant } = environments;
    let (key, others) = find(c, digest, project)?;
    let Some(key) = key else {
        let others = others.iter().filter_map(KeyRow::counted).collect();
        return Ok(Answer::Unknown { others, asked: Arc::clone(meant) });
    };
    if let Some(home) = homes.iter().find(|home| home.environment == key.environment) {
        let home = Arc::clone(home);
        return Ok(Answer::Here { found: key.found(*digest, Arc::clone(&home)), home });
    }
    let home = Arc::new(home_of(c, &key.environment)?);
    let found = key.found(*digest, Arc::clone(&home));
    Ok(Answer::Elsewhere { home, found, asked: Arc::clone(meant) })
}

/// The key of the project with this value, or else those of other projects. It looks in
/// `verification_keys` first, where a single page has to be read, then among all current values,
/// and then among those that rotations replaced.
fn find(
    c: &mut SqliteConnection,
    digest: &[u8; 32],
    project: &ProjectId,
) -> Result<(Option<KeyRow>, Vec<KeyRow>)> {
    let here = verification_keys::table
        .find(number(digest))
        .filter(verification_keys::digest.eq(&digest[..]))
        .select((contract::number(), current!(verification_keys, key_id)));
    if let Some(key) = keys(here.load(c)?)?.into_iter().find(|key| key.project == *project) {
        return Ok((Some(key), Vec::new()));
    }
    let living = api_keys::table
        .filter(api_keys::digest.eq(&digest[..]))
        .select((contract::number(), current!(api_keys, id)));
    let mut all = keys(living.load(c)?)?;
    let former = rotated_secrets::table
        .inner_join(api_keys::table)
        .filter(rotated_secrets::digest.eq(&digest[..]))
        .select((contract::number(), replaced!()));
    all.extend(keys(former.load(c)?)?);
    match all.iter().position(|key| key.project == *project) {
        Some(at) => Ok((Some(all.swap_remove(at)), Vec::new())),
        None => Ok((None, all)),
    }
}

/// The rows, if they were read under the contract that this version keeps.
fn keys(rows: Vec<(Option<i32>, KeyRow)>) -> Result<Vec<KeyRow>> {
    let key = |(number, key)| contract::require(number).map(|()| key);
    rows.into_iter().map(key).collect()
}

/// The first 56 bits of a digest, by which table `verification_keys` is sorted.
fn number([a, b, c, d, e, f, g, ..]: &[u8; 32]) -> i64 {
    i64::from_be_bytes([0, *a, *b, *c, *d, *e, *f, *g])
}

/// A living environment by its name or id takes one statement, anything else takes more. (`first`
/// is not used: it binds its LIMIT, and SQLite plans with that value, so it would prepare the
/// statement each time.)
fn resolve(connection: &mut DbConnection, asked: &AskedFor) -> Result<Target> {
    let living = environments::deleted_at.is_null().and(projects::deleted_at.is_null());
    let c = sqlite(connection)?;
    macro_rules! load {
        ($project:expr, $environment:expr) => {
            environments::table
                .inner_join(projects::table)
                .left_join(policies::table)
                .filter($project.and($environment).and(living))
                .select(home!())
                .load::<HomeRow>(c)?
        };
    }
    use {AskedEnvironment as Environment, AskedProject as Project};
    let found = match (&asked.project, &asked.environment) {
        (Project::Id(id), Environment::Id(environment)) => {
            load!(projects::id.eq(id), environments::id.eq(environment))
        }
        (Project::Id(id), Environment::Name(name)) => {
            load!(projects::id.eq(id), environments::name.eq(name))
        }
        (Project::Slug(slug), Environment::Id(environment)) => {
            load!(projects::slug.eq(slug), environments::id.eq(environment))
        }
        (Project::Slug(slug), Environment::Name(name)) => {
            load!(projects::slug.eq(slug), environments::name.eq(name))
        }
        (_, Environment::Listed) => Vec::new(),
    };
    match Environments::of(found) {
        Some(environments) => Ok(Target::Environments(environments)),
        None => target::resolve(connection, asked),
    }
}

fn home_of(c: &mut SqliteConnection, id: &EnvironmentId) -> QueryResult<Home> {
    let found: Vec<HomeRow> = environments::table
        .inner_join(projects::table)
        .left_join(policies::table)
        .filter(environments::id.eq(id))
        .select(home!())
        .load(c)?;
    found.into_iter().next().map(Home::from).ok_or(diesel::result::Error::NotFound)
}
