//! The lookup on PostgreSQL: one statement for all keys, because round trips cost most. It also
//! returns the environment of each key, so that a question about the right environment needs no
//! second statement. The other questions are looked up again, and that only decides why they are
//! refused.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text, Timestamp};

use super::rows::{HomeRow, KeyRow, columns, current, home, replaced};
use super::target::{self, Environments, Target};
use super::{Answer, CountedKey, Damaged, FoundKey, Home, Question};
use crate::db::schema::{api_keys, environments, policies, projects, rotated_secrets};
use crate::db::{self, DbConnection, Error, contract};
use crate::model::{AskedEnvironment, AskedFor};

diesel::define_sql_function! {
    /// The first 64 bits of a digest, by which the index `api_keys_for_verification` is sorted.
    fn verification_number(digest: Binary) -> BigInt;
}

diesel::define_sql_function! {
    /// Whether a key is in that index.
    fn verification_fits(scopes: Nullable<Text>, address_ranges: Nullable<Text>) -> Bool;
}

/// A row: the contract, the digest, the key, its environment, and the other names of that
/// environment.
type Row = (Option<i32>, Vec<u8>, KeyRow, HomeRow, NamesRow);

/// The names, apart from its id and current name, by which an environment can be asked for.
#[derive(Debug, Queryable)]
struct NamesRow {
    slug: String,
    /// Former names, separated by blanks.
    former_names: String,
    answers_all: bool,
}

/// A key that has or had one of the digests.
struct Candidate {
    home: Arc<Home>,
    found: Result<Arc<FoundKey>, Damaged>,
    counted: Option<CountedKey>,
    names: NamesRow,
}

impl Candidate {
    /// Whether the key belongs to the environment that was asked for.
    fn is_here(&self, asked: &AskedFor) -> bool {
        let home = &self.home;
        let environment = match &asked.environment {
            AskedEnvironment::Id(id) => *id == home.environment,
            AskedEnvironment::Name(name) => {
                *name == home.name
                    || self.names.former_names.split(' ').any(|former| former == name)
            }
            AskedEnvironment::Listed => self.names.answers_all,
        };
        !home.deleted && environment && asked.project.is(&home.project, &self.names.slug)
    }

    fn here(&self) -> Answer {
        Answer::Here { home: Arc::clone(&self.home), found: self.found.clone() }
    }
}

/// The keys that were found, by digest. (A few projects may have the same value.)
type Candidates = HashMap<[u8; 32], Vec<Candidate>>;

pub(super) fn look_up(
    connection: &mut DbConnection,
    questions: &[Question],
) -> db::Result<Vec<Answer>> {
    let mut candidates = Candidates::new();
    add(&mut candidates, indexed(postgres(connection)?, questions)?)?;
    let here = |candidates: &Candidates, question: &Question| {
        let found = candidates.get(&question.digest)?;
        found.iter().find(|candidate| candidate.is_here(&question.asked)).map(Candidate::here)
    };
    let mut answers: Vec<Option<Answer>> =
        questions.iter().map(|question| here(&candidates, question)).collect();
    let rest: Vec<&Question> = questions
        .iter()
        .zip(&answers)
        .filter_map(|(question, answer)| answer.is_none().then_some(question))
        .collect();
    if rest.is_empty() {
        return Ok(answers.into_iter().flatten().collect());
    }
    add(&mut candidates, others(postgres(connection)?, &rest)?)?;
    let mut targets: Vec<(&AskedFor, Target)> = Vec::new();
    for (question, answer) in questions.iter().zip(&mut answers).filter(|(_, a)| a.is_none()) {
        *answer = here(&candidates, question);
        if answer.is_some() {
            continue;
        }
        if !targets.iter().any(|(asked, _)| **asked == *question.asked) {
            targets.push((&question.asked, target::resolve(connection, &question.asked)?));
        }
        let target = targets.iter().find(|(asked, _)| **asked == *question.asked);
        let found = candidates.get(&question.digest).map_or(&[][..], Vec::as_slice);
        *answer = Some(refused(target.map(|(_, target)| target), found)?);
    }
    contract::check(connection)?;
    Ok(answers.into_iter().flatten().collect())
}

fn postgres(connection: &mut DbConnection) -> db::Result<&mut PgConnection> {
    match connection {
        DbConnection::Postgres(connection) => Ok(connection),
        DbConnection::Sqlite(_) => Err(Error::Unavailable("not PostgreSQL".to_owned())),
    }
}

/// The answer for a key that is not in the environment that was asked for.
fn refused(target: Option<&Target>, found: &[Candidate]) -> db::Result<Answer> {
    let environments = match target {
        None | Some(Target::NoProject) => return Ok(Answer::NoProject),
        Some(Target::NoEnvironment) => return Ok(Answer::NoEnvironment),
        Some(Target::Environments(environments)) => environments,
    };
    let Environments { project, homes, meant } = environments;
    let Some(key) = found.iter().find(|key| key.home.project == *project) else {
        let others = found.iter().filter_map(|key| key.counted.clone()).collect();
        return Ok(Answer::Unknown { others, asked: Arc::clone(meant) });
    };
    let home = Arc::clone(&key.home);
    match homes.iter().find(|asked| asked.environment == home.environment) {
        // The key was deleted together with the environment, so the answer is that it is deleted.
        Some(asked) if asked.deleted && home.deleted => Ok(key.here()),
        // The environment was renamed or deleted between the two statements. The next try sees it
        // as it is now.
        Some(_) => Err(Error::Unavailable("an environment was changed this moment".to_owned())),
        None => {
            let (found, asked) = (key.found.clone(), Arc::clone(meant));
            Ok(Answer::Elsewhere { home, found, asked })
        }
    }
}

fn add(candidates: &mut Candidates, rows: Vec<Row>) -> db::Result<()> {
    for (number, digest, key, home, names) in rows {
        contract::require(number)?;
        let Ok(digest) = <[u8; 32]>::try_from(digest) else { continue };
        let home = Arc::new(Home::from(home));
        let counted = key.counted();
        let found = key.found(digest, Arc::clone(&home));
        candidates.entry(digest).or_default().push(Candidate { home, found, counted, names });
    }
    Ok(())
}

/// Joins the keys with their environments, projects and policies.
macro_rules! keys {
    () => {
        api_keys::table
            .inner_join(environments::table.inner_join(projects::table).left_join(policies::table))
    };
}

/// The columns of [`NamesRow`].
macro_rules! names {
    () => {
        (projects::slug, environments::former_names, environments::answers_all)
    };
}

/// Looks up current values in the index that has all columns.
fn indexed(c: &mut PgConnection, questions: &[Question]) -> QueryResult<Vec<Row>> {
    let mut numbers: Vec<i64> = questions.iter().map(|question| number(&question.digest)).collect();
    numbers.dedup(); // equal numbers stand together, because the questions are sorted
    let here = verification_number(api_keys::digest)
        .eq_any(numbers)
        .and(verification_fits(api_keys::scopes, api_keys::address_ranges));
    keys!()
        .filter(here)
        .select((contract::number(), api_keys::digest, current!(api_keys, id), home!(), names!()))
        .load(c)
}

/// Looks up what that index does not have: keys that are too large for it, and values that
/// rotations replaced.
fn others(c: &mut PgConnection, questions: &[&Question]) -> QueryResult<Vec<Row>> {
    let digests: Vec<&[u8]> = questions.iter().map(|question| &question.digest[..]).collect();
    let large = keys!()
        .filter(api_keys::digest.eq_any(digests.clone()))
        .filter(diesel::dsl::not(verification_fits(api_keys::scopes, api_keys::address_ranges)))
        .select((contract::number(), api_keys::digest, current!(api_keys, id), home!(), names!()));
    let former = rotated_secrets::table
        .inner_join(keys!())
        .filter(rotated_secrets::digest.eq_any(digests))
        .select((contract::number(), rotated_secrets::digest, replaced!(), home!(), names!()));
    large.union_all(former).load(c)
}

fn number([a, b, c, d, e, f, g, h, ..]: &[u8; 32]) -> i64 {
    i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
}
