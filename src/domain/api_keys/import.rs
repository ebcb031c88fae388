//! Keys of another system, by their digests: all of a file, or nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;

use chrono::{NaiveDateTime, TimeDelta};
use csv::StringRecord;
use sha2::{Digest as _, Sha256};

use super::{Digest, Id, KeyName, Kind, expiry::longest_life};
use crate::db::api_keys::NewApiKey;
use crate::db::{self, DbConnection, EnvironmentId, api_keys_import, settings};
use crate::domain::activity::{self, Action, Event};
use crate::domain::environments::{self, Environment};
use crate::domain::projects::Project;
use crate::domain::{Actor, CryptoRng};

/// Rows that are asked for and added together.
const BATCH: usize = 500;
/// Bad rows that are named; the others are counted.
const NAMED: usize = 10;
const COLUMNS: [&str; 4] = ["name", "kind", "environment", "sha256"];
/// The setting that is there once an import exists.
const SETTING: &str = "imported_keys";

/// How many keys of which environment and kind.
pub type Report = Vec<(String, Kind, usize)>;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The first line does not name the columns.
    #[error("the first line must be name,kind,environment,sha256")]
    Header,
    /// Rows that can't be keys.
    #[error("nothing was imported: {0}")]
    Rows(BadRows),
    /// The file can't be read.
    #[error("nothing was imported: the file can't be read: {0}")]
    File(String),
    /// The database failed.
    #[error("nothing was imported: {0}")]
    Db(#[from] db::Error),
}

/// What is wrong with which lines.
#[derive(Debug, Default)]
pub struct BadRows {
    named: BTreeMap<u64, String>,
    count: usize,
}

impl BadRows {
    fn add(&mut self, line: u64, why: impl fmt::Display) {
        self.count += 1;
        self.named.insert(line, why.to_string());
        if self.named.len() > NAMED {
            self.named.pop_last(); // the first ones are named
        }
    }
}

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.named.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
        f.write_str(&lines.join("; "))?;
        match self.count - self.named.len() {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Whether any key was ever imported: then keys have any shape.
pub fn any_imported(connection: &mut DbConnection) -> db::Result<bool> {
    Ok(settings::get(connection, SETTING)?.is_some())
}

/// The mask of the key whose full text this is, if there is one.
pub fn mask_of_imported(connection: &mut DbConnection, text: &str) -> db::Result<Option<String>> {
    match Digest::of_imported(text.trim().as_bytes()) {
        Some(digest) => api_keys_import::mask_of(connection, digest.bytes()),
        None => Ok(None),
    }
}

struct Row {
    line: u64,
    name: KeyName,
    kind: Kind,
    environment: usize,
    digest: [u8; 32],
}

/// Adds the keys of a file (CSV: name, kind, environment, SHA-256 of the full text in hex) to a project. A dry run
/// checks everything and adds nothing. The caller's transaction must end with an error that this returns.
pub fn import(
    connection: &mut DbConnection,
    project: &Project,
    file: impl Read,
    dry_run: bool,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> Result<Report, ImportError> {
    let environments = environments::list(connection, &project.id)?;
    let longest = longest_life(connection, &project.id, Kind::Secret)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let columns = columns(reader.headers().map_err(unreadable)?)?;
    let mut seen = Seen::default();
    let mut bad = BadRows::default();
    let mut counts: HashMap<(usize, Kind), usize> = HashMap::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut records = reader.into_records();
    loop {
        let record = records.next();
        let ended = record.is_none();
        match record {
            None => {}
            Some(Err(error)) => match (error.position(), error.kind()) {
                (Some(position), csv::ErrorKind::Utf8 { .. }) => bad.add(position.line(), "it is not in UTF-8"),
                _ => return Err(unreadable(error)),
            },
            Some(Ok(record)) => {
                let line = record.position().map_or(0, csv::Position::line);
                match parse(&record, line, &columns, &environments).and_then(|row| seen.first(row)) {
                    Ok(row) => batch.push(row),
                    Err(why) => bad.add(line, why),
                }
            }
        }
        if batch.len() == BATCH || (ended && !batch.is_empty()) {
            refuse_known(connection, &environments, &batch, &mut bad)?;
            for row in &batch {
                *counts.entry((row.environment, row.kind)).or_default() += 1;
            }
            if bad.count == 0 && !dry_run {
                add(connection, &environments, &batch, longest, actor, now, rng)?;
            }
            batch.clear();
        }
        if ended {
            break;
        }
    }
    if bad.count > 0 {
        return Err(ImportError::Rows(bad));
    }
    let report: Report = (0..environments.len())
        .flat_map(|at| Kind::ALL.iter().map(move |&kind| (at, kind)))
        .filter_map(|(at, kind)| counts.get(&(at, kind)).map(|count| (environments[at].name.clone(), kind, *count)))
        .collect();
    if !dry_run && !report.is_empty() {
        settings::get_or_insert(connection, SETTING, b"1")?;
        let detail: Vec<String> = report.iter().map(|(environment, kind, count)| format!("{count} {kind} in {environment}")).collect();
        activity::record(connection, &Event::project(Action::KeysImported, project).detail(&detail.join(", ")), actor, now, rng)?;
    }
    Ok(report)
}

fn unreadable(error: csv::Error) -> ImportError {
    ImportError::File(error.to_string())
}

/// Where each column stands.
fn columns(header: &StringRecord) -> Result<[usize; 4], ImportError> {
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = header.iter().position(|column| column.trim() == name).ok_or(ImportError::Header)?;
    }
    if header.len() == COLUMNS.len() { Ok(places) } else { Err(ImportError::Header) }
}

fn parse(record: &StringRecord, line: u64, columns: &[usize; 4], environments: &[Environment]) -> Result<Row, String> {
    if record.len() != COLUMNS.len() {
        return Err(format!("it has {} fields and not 4", record.len()));
    }
    let [name, kind, environment, digest] = columns.map(|at| record.get(at).unwrap_or_default());
    let name = KeyName::parse(name).map_err(|e| e.to_string())?;
    let kind = Kind::parse(kind.trim()).ok_or("a kind is publishable or secret")?;
    let environment = environments.iter().position(|e| e.name == environment.trim());
    let environment = environment.ok_or("there is no such environment in the project")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(digest.trim(), &mut bytes).map_err(|_| "a sha256 is 64 digits of 0-9 a-f")?;
    Ok(Row { line, name, kind, environment, digest: bytes })
}

/// Which line was the first with a digest or a name: in 16 bytes each, so that a million rows fit.
#[derive(Default)]
struct Seen {
    digests: HashMap<[u8; 16], u64>,
    names: HashMap<[u8; 16], u64>,
}

impl Seen {
    fn first(&mut self, row: Row) -> Result<Row, String> {
        if let Some(line) = self.digests.insert(half(&row.digest), row.line) {
            return Err(format!("it has the sha256 of line {line}"));
        }
        let mut name = Sha256::new();
        name.update(row.environment.to_le_bytes());
        name.update(row.kind.as_str());
        name.update([0]);
        name.update(row.name.folded());
        if let Some(line) = self.names.insert(half(&name.finalize()), row.line) {
            return Err(format!("it has the name of line {line}"));
        }
        Ok(row)
    }
}

fn half(digest: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

fn refuse_known(connection: &mut DbConnection, environments: &[Environment], batch: &[Row], bad: &mut BadRows) -> db::Result<()> {
    let digests: Vec<&[u8]> = batch.iter().map(|row| &row.digest[..]).collect();
    let known = api_keys_import::known_digests(connection, &digests)?;
    let ids: Vec<&EnvironmentId> = environments.iter().map(|environment| &environment.id).collect();
    let names: Vec<&str> = batch.iter().map(|row| row.name.folded()).collect();
    let taken = api_keys_import::known_names(connection, &ids, &names)?;
    for row in batch {
        if known.contains(&row.digest[..]) {
            bad.add(row.line, "Keyrack has a key with this sha256 already");
        } else if taken.contains(&(environments[row.environment].id.clone(), row.kind, row.name.folded().to_owned())) {
            bad.add(row.line, format!("'{}' is the name of another key", row.name));
        }
    }
    Ok(())
}

fn add(
    connection: &mut DbConnection,
    environments: &[Environment],
    batch: &[Row],
    longest: Option<u16>,
    actor: &Actor,
    now: NaiveDateTime,
    rng: &mut impl CryptoRng,
) -> db::Result<()> {
    let ids: Vec<(Id, String)> = batch.iter().map(|row| (Id::new(now, rng), mask(row.kind, &row.digest))).collect();
    let keys: Vec<NewApiKey<'_>> = batch
        .iter()
        .zip(&ids)
        .map(|(row, (id, mask))| NewApiKey {
            id,
            environment_id: &environments[row.environment].id,
            kind: row.kind,
            name: row.name.as_str(),
            name_folded: row.name.folded(),
            mask,
            digest: &row.digest,
            form_token: None,
            created_at: now,
            created_by: actor.user(),
            rate_limit: None,
            rate_burst: None,
            scopes: None,
            address_ranges: None,
            expires_at: longest.filter(|_| row.kind == Kind::Secret).map(|days| now + TimeDelta::days(days.into())),
        })
        .collect();
    api_keys_import::insert_all(connection, &keys)
}

/// `sk_imported••••3f9a`: nobody here knows the text, so the digest's first digits tell such keys apart.
fn mask(kind: Kind, digest: &[u8; 32]) -> String {
    let prefix = match kind {
        Kind::Publishable => "pk",
        Kind::Secret => "sk",
    };
    format!("{prefix}_imported••••{}", hex::encode(&digest[..2]))
}
