//! Keys of another system, by their digests: all of a file, or nothing.
//!
//! In two steps: [`Import::read`] and [`Import::check`] find out what is wrong while everybody else
//! goes on working, and [`Import::add`] does no more than adding, because on SQLite nobody else can
//! write meanwhile.

mod error;
mod read;

use std::collections::HashMap;
use std::io::Read;

use chrono::{NaiveDateTime, TimeDelta};

use super::{Digest, Id, Kind, expiry::longest_life};
use crate::db::api_keys::import::ImportedKey;
use crate::db::{self, DbConnection, ProjectId, api_keys, environments, settings};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::Environment;
use crate::domain::projects::Project;
use crate::domain::text::fold;
use crate::domain::{Act, Actor};
use read::{Row, Rows};

pub use error::{BadRows, ImportError};

/// Rows that are asked for together.
const ASKED: usize = 1_000;
/// Rows that are added together.
const ADDED: usize = 10_000;
/// Words from this length on may be keys of another system.
const LONG: usize = 20;
/// The setting that is there once an import exists.
const SETTING: &str = "imported_keys";

/// How many keys of which environment and kind.
pub type Report = Vec<(String, Kind, usize)>;

/// Whether any key was ever imported: then keys have any shape.
pub fn any_imported(connection: &mut DbConnection) -> db::Result<bool> {
    Ok(settings::get(connection, SETTING)?.is_some())
}

/// What may be shown in place of a text that somebody looks for in a project, if it is an imported
/// key, or may be one: the mask, where the project knows the key. Of a long word that nothing there
/// is called by, the beginning: whether another project knows it is told to nobody.
pub fn mask_of_imported(
    connection: &mut DbConnection,
    project: &ProjectId,
    text: &str,
) -> db::Result<Option<String>> {
    let text = text.trim();
    let Some(digest) = Digest::of_imported(text.as_bytes()) else { return Ok(None) };
    if !any_imported(connection)? {
        return Ok(None); // the shape of our own keys tells them
    }
    if let Some(mask) = api_keys::import::mask_of(connection, project, digest.bytes())? {
        return Ok(Some(mask));
    }
    let may_be_key = text.len() >= LONG && !text.contains('@');
    if !may_be_key || api_keys::import::has_name_like(connection, project, &fold(text))? {
        return Ok(None);
    }
    Ok(Some(format!("{}••••••••", &text[..4])))
}

/// The keys of a file.
pub struct Import {
    project: Project,
    environments: Vec<Environment>,
    rows: Rows,
}

impl Import {
    /// Reads a file (CSV: name, kind, environment, SHA-256 of the full text in hex) for a project
    /// that has these environments.
    pub fn read(
        project: Project,
        environments: Vec<Environment>,
        file: impl Read,
    ) -> Result<Self, ImportError> {
        let rows = read::read(file, &environments)?;
        Ok(Self { project, environments, rows })
    }

    /// Refuses rows that are wrong, or do not fit to the keys that are there.
    pub fn check(&mut self, connection: &mut DbConnection) -> Result<(), ImportError> {
        let mut bad = std::mem::take(&mut self.rows.bad);
        for rows in self.rows.rows.chunks(ASKED) {
            self.refuse_known(connection, rows, &mut bad)?;
        }
        if bad.is_empty() { Ok(()) } else { Err(ImportError::Rows(bad)) }
    }

    fn refuse_known(
        &self,
        connection: &mut DbConnection,
        rows: &[Row],
        bad: &mut BadRows,
    ) -> Result<(), ImportError> {
        let digests: Vec<&[u8]> = rows.iter().map(|row| &row.digest[..]).collect();
        let known = api_keys::import::known_digests(connection, &self.project.id, &digests)?;
        let mut groups: HashMap<(usize, Kind), Vec<(u64, super::KeyName)>> = HashMap::new();
        for row in rows {
            if known.contains(&row.digest[..]) {
                bad.add(row.line, "the project has a key with this sha256 already");
            } else {
                groups
                    .entry((row.environment, row.kind))
                    .or_default()
                    .push((row.line, self.rows.name(row)?));
            }
        }
        for ((environment, kind), named) in groups {
            let names: Vec<&str> = named.iter().map(|(_, name)| name.folded()).collect();
            let taken = api_keys::import::known_names(
                connection,
                &self.environments[environment].id,
                kind,
                &names,
            )?;
            for (line, name) in named.iter().filter(|(_, name)| taken.contains(name.folded())) {
                bad.add(*line, format!("'{name}' is the name of another key"));
            }
        }
        Ok(())
    }

    /// How many keys there are.
    pub fn report(&self) -> Report {
        let mut counts: HashMap<(usize, Kind), usize> = HashMap::new();
        for row in &self.rows.rows {
            *counts.entry((row.environment, row.kind)).or_default() += 1;
        }
        (0..self.environments.len())
            .flat_map(|at| Kind::ALL.iter().map(move |&kind| (at, kind)))
            .filter_map(|(at, kind)| {
                counts
                    .get(&(at, kind))
                    .map(|count| (self.environments[at].name.clone(), kind, *count))
            })
            .collect()
    }

    /// Adds the keys. The caller's transaction must end with an error that this returns.
    pub fn add(&self, connection: &mut DbConnection, act: &mut Act<'_>) -> Result<(), ImportError> {
        let rows = &self.rows.rows;
        if rows.is_empty() {
            return Ok(());
        }
        let longest = longest_life(connection, &self.project.id, Kind::Secret)?;
        let expires_at = longest.map(|days| act.now + TimeDelta::days(days.into()));
        // In order, like the digests.
        let mut ids: Vec<u128> =
            rows.iter().filter_map(|_| Id::new(act.now, act.rng()).number()).collect();
        ids.sort_unstable();
        for (rows, ids) in rows.chunks(ADDED).zip(ids.chunks(ADDED)) {
            let keys: Result<Vec<ImportedKey<'_>>, ImportError> = rows
                .iter()
                .zip(ids)
                .map(|(row, id)| self.key(row, *id, expires_at, act.actor, act.now))
                .collect();
            api_keys::import::insert_all(connection, &keys?)?;
        }
        if api_keys::import::any_replaced(connection, &self.project.id)? {
            return Err(ImportError::Changed);
        }
        // At the end: until then, who changes an environment does not have to wait.
        for (at, environment) in self.environments.iter().enumerate() {
            let used = rows.iter().any(|row| row.environment == at);
            if used && environments::hold(connection, &environment.id)?.is_none() {
                return Err(ImportError::Changed);
            }
        }
        settings::get_or_insert(connection, SETTING, b"1")?;
        let detail: Vec<String> = self
            .report()
            .iter()
            .map(|(environment, kind, count)| format!("{count} {kind} in {environment}"))
            .collect();
        activity::record(
            connection,
            act,
            &Event::project(Action::KeysImported, &self.project).detail(&detail.join(", ")),
        )?;
        Ok(())
    }

    fn key<'a>(
        &'a self,
        row: &'a Row,
        id: u128,
        secret_expires_at: Option<NaiveDateTime>,
        actor: &'a Actor,
        now: NaiveDateTime,
    ) -> Result<ImportedKey<'a>, ImportError> {
        let name = self.rows.name(row)?;
        Ok(ImportedKey {
            id: Id::of_number(id),
            environment_id: &self.environments[row.environment].id,
            project_id: &self.project.id,
            kind: row.kind,
            name_folded: name.folded().to_owned(),
            name: name.as_str().to_owned(),
            mask: mask(row.kind, &row.digest),
            digest: &row.digest,
            created_at: now,
            created_by: actor.user(),
            expires_at: secret_expires_at.filter(|_| row.kind == Kind::Secret),
        })
    }
}

/// `sk_imported••••3f9a`: nobody here knows the text, so the digest's first digits tell such keys
/// apart.
fn mask(kind: Kind, digest: &[u8; 32]) -> String {
    let prefix = match kind {
        Kind::Publishable => "pk",
        Kind::Secret => "sk",
    };
    format!("{prefix}_imported••••{}", hex::encode(&digest[..2]))
}
