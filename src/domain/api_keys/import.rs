//! Imports keys of another system by their digests: all keys of a file, or none.
//!
//! It has two steps. [`Import::read`] and [`Import::check`] find what is wrong while everybody else
//! goes on working. [`Import::add`] only adds, because on SQLite nobody else can write meanwhile.

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

/// How many rows are looked up together.
const ASKED: usize = 1_000;
/// How many rows are added together.
const ADDED: usize = 10_000;
/// A word of at least this length may be a key of another system.
const LONG: usize = 20;
/// The name of the setting that exists once keys were imported.
const SETTING: &str = "imported_keys";

/// How many keys of each environment and kind.
pub type Report = Vec<(String, Kind, usize)>;

/// Whether any key was ever imported. From then on a key can have any shape.
pub fn any_imported(connection: &mut DbConnection) -> db::Result<bool> {
    Ok(settings::get(connection, SETTING)?.is_some())
}

/// What to show in place of a text that was searched for in a project, if the text is an imported
/// key or may be one. If the project knows the key, it is the mask. If it is a long word that no
/// name in the project begins with, it is the beginning of the word. It never says whether another
/// project knows the key.
pub fn mask_of_imported(
    connection: &mut DbConnection,
    project: &ProjectId,
    text: &str,
) -> db::Result<Option<String>> {
    let text = text.trim();
    let Some(digest) = Digest::of_imported(text.as_bytes()) else { return Ok(None) };
    if !any_imported(connection)? {
        return Ok(None); // such a text is recognised by its shape
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
    /// with these environments.
    pub fn read(
        project: Project,
        environments: Vec<Environment>,
        file: impl Read,
    ) -> Result<Self, ImportError> {
        let rows = read::read(file, &environments)?;
        Ok(Self { project, environments, rows })
    }

    /// Refuses rows that are wrong, or that conflict with existing keys.
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

    /// How many keys the import adds to each environment, by kind.
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

    /// Adds the keys. If this returns an error, the caller's transaction must end with it.
    pub fn add(&self, connection: &mut DbConnection, act: &mut Act<'_>) -> Result<(), ImportError> {
        let rows = &self.rows.rows;
        if rows.is_empty() {
            return Ok(());
        }
        let longest = longest_life(connection, &self.project.id, Kind::Secret)?;
        let expires_at = longest.map(|days| act.now + TimeDelta::days(days.into()));
        // Sorted like the digests.
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
        // Held last, so that whoever changes an environment does not have to wait before.
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

/// `sk_imported••••3f9a`. Keyrack does not know the text, so the first digits of the digest tell
/// such keys apart.
fn mask(kind: Kind, digest: &[u8; 32]) -> String {
    let prefix = match kind {
        Kind::Publishable => "pk",
        Kind::Secret => "sk",
    };
    format!("{prefix}_imported••••{}", hex::encode(&digest[..2]))
}
