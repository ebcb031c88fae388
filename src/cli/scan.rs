//! `keyrack scan`: looks for keys in files, and in the history of the git repositories among them.

mod baseline;
mod files;
mod history;
mod lookup;
mod packs;
mod repository;
mod walk;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use memchr::{memchr, memmem, memrchr};
use serde::{Serialize, Serializer};

use super::Failure;
use super::output::print;
use crate::config::Config;
use crate::domain::api_keys::{self, Sighting};
use crate::domain::text;
use lookup::KnownKey;

/// The number of digits of a commit's id in the report. `git log --oneline` shows about as many.
const SHORT: usize = 10;
/// A line with this text may contain a key.
const EXCUSE: &[u8] = b"keyrack:ignore";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders; a git repository is searched with its history
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Leave the history of git repositories out
    #[arg(long)]
    no_history: bool,
    /// Minutes that the history of one repository may take
    #[arg(long, value_name = "N", default_value_t = 60)]
    minutes: u32,
    /// Ask the database which keys they are, and tell only of those that work
    #[arg(long)]
    lookup: bool,
    /// With --lookup: tell also of keys that are deleted, rotated away or expired
    #[arg(long, requires = "lookup")]
    all: bool,
    /// Pass over the keys that this file names by their SHA-256
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the keys that are found into the baseline, and end well
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

/// A key that was found where it should not be. Fields of the JSON may be added, but none is ever
/// removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    /// The file. In the history, it is the name that the file had in the commit.
    #[serde(serialize_with = "lossy")]
    path: PathBuf,
    /// The line number, from 1.
    line: usize,
    /// Where it is in the history. Absent if it is in the file as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<PlaceInHistory>,
    mask: String,
    /// The keys of the database that have this value. Absent without `--lookup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<KnownKey>>,
    #[serde(skip)]
    digest: [u8; 32],
    /// Whether the key works, as far as is known: without `--lookup`, every key counts as working.
    #[serde(skip)]
    works: bool,
}

/// A place in the history, with the id of the git object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
enum PlaceInHistory {
    Commit(String),
    CommitMessage(String),
    TagMessage(String),
    UnreachableObject(String),
}

impl fmt::Display for PlaceInHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(id) => write!(f, "commit {}", short(id)),
            Self::CommitMessage(id) => write!(f, "the message of commit {}", short(id)),
            Self::TagMessage(id) => write!(f, "the message of tag {}", short(id)),
            Self::UnreachableObject(id) => {
                write!(f, "object {}, which no branch or tag leads to", short(id))
            }
        }
    }
}

fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

/// The result of a search.
#[derive(Default)]
struct ScanResult {
    findings: Vec<Finding>,
    /// What could not be read, and why.
    unread: Vec<String>,
}

impl ScanResult {
    fn join(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.unread.extend(other.unread);
    }
}

/// Writes a path as text. A file name that is not UTF-8 must not stop the whole report.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// First `path:line`, which editors and terminals can open, and then the mask. Control characters
/// in the path are spelt out, so that a file name with a line break can't look like another
/// finding.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}",
            text::spelt_out(&self.path.to_string_lossy()),
            self.line,
            self.mask
        )?;
        if let Some(place) = &self.history {
            write!(f, " in {place}")?;
        }
        match self.keys.as_deref() {
            None => Ok(()),
            Some([]) => f.write_str(", unknown to this database"),
            Some(keys) => keys.iter().try_for_each(|key| write!(f, ", {key}")),
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let passed = match &arguments.baseline {
        Some(file) if !arguments.write_baseline => baseline::read(file)?,
        _ => HashSet::new(),
    };
    let limit = Duration::from_secs(u64::from(arguments.minutes) * 60);
    let walked = walk::walk(&arguments.paths, !arguments.no_history);
    let mut found = ScanResult { unread: walked.unread, ..ScanResult::default() };
    found.join(files::search(&walked.files));
    for (repository, root) in &walked.repositories {
        found.join(history::search(repository, root, limit));
    }
    found.findings.retain(|finding| !passed.contains(&finding.digest));
    found.findings.sort();
    found.findings.dedup();
    if arguments.lookup
        && let Err(error) = lookup::look_up(config, &mut found.findings)
    {
        // The findings are printed anyway.
        found.unread.push(format!("which keys they are: {error}"));
    }
    found.findings.retain(|finding| finding.works || arguments.all);
    if let (true, Some(file)) = (arguments.write_baseline, &arguments.baseline) {
        baseline::write(file, &found.findings)?;
        found.findings.clear();
    }
    for finding in &found.findings {
        if arguments.json {
            print(serde_json::to_string(finding)?)?;
        } else {
            print(finding)?;
        }
    }
    verdict(&found)
}

fn verdict(found: &ScanResult) -> Result<(), Failure> {
    let keys: std::collections::HashSet<_> =
        found.findings.iter().map(|finding| finding.digest).collect();
    let mut words = Vec::new();
    match (keys.len(), found.findings.iter().any(|finding| finding.works)) {
        (0, _) => {}
        (1, true) => words.push(
            "found 1 key: rotate or delete it in Keyrack, whoever can read this can use it"
                .to_owned(),
        ),
        (n, true) => words.push(format!(
            "found {n} keys: rotate or delete them in Keyrack, whoever can read this can use them"
        )),
        (1, false) => words.push("found 1 key, which works no more".to_owned()),
        (n, false) => words.push(format!("found {n} keys, none of which works any more")),
    }
    if let [first, rest @ ..] = found.unread.as_slice() {
        let more =
            if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
        words.push(format!("can't read {first}{more}"));
    }
    if words.is_empty() { Ok(()) } else { Err(words.join("; ").into()) }
}

/// A progress bar on standard error. It is shown only on a terminal.
fn progress(length: usize, what: &str, unit: &str) -> ProgressBar {
    let template = format!("{what} {{bar:30}} {{{unit}}} {{eta}}");
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar, // without our style
    }
}

/// Finds keys in bytes that are in memory as a whole.
fn in_memory(bytes: &[u8]) -> Vec<Finding> {
    let line =
        |offset| 1 + memchr::memchr_iter(b'\n', bytes.get(..offset).unwrap_or_default()).count();
    api_keys::scan(bytes)
        .into_iter()
        .filter(|sighting| !is_excused(bytes, sighting.offset))
        .map(|sighting| finding(PathBuf::new(), line(sighting.offset), sighting))
        .collect()
}

/// Whether the line around this place contains [`EXCUSE`]. Zero bytes are left out, so that it is
/// found in UTF-16, too.
fn is_excused(bytes: &[u8], at: usize) -> bool {
    let (before, after) = bytes.split_at_checked(at).unwrap_or_default();
    let begin = memrchr(b'\n', before).map_or(0, |end| end + 1);
    let end = at + memchr(b'\n', after).unwrap_or(after.len());
    let line = bytes.get(begin..end).unwrap_or_default();
    let text: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
    memmem::find(&text, EXCUSE).is_some()
}

fn finding(path: PathBuf, line: usize, sighting: Sighting) -> Finding {
    Finding {
        path,
        line,
        history: None,
        mask: sighting.mask,
        keys: None,
        digest: *sighting.digest.bytes(),
        works: true,
    }
}
