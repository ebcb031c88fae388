//! `keyrack scan`: keys in files, and in the history of the git repositories among them.

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
use lookup::Known;

/// Digits of a commit's id in the report, as `git log --oneline` has them.
const SHORT: usize = 10;
/// Whoever writes this in a line says that the key in it may stand there.
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

/// A key that stands where it should not. Fields are added, none is removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    /// The file; in the history its name at the time.
    #[serde(serialize_with = "lossy")]
    path: PathBuf,
    /// From 1.
    line: usize,
    /// Where in the history; absent: in the file as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Place>,
    mask: String,
    /// The keys that have this value; absent: nobody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<Known>>,
    #[serde(skip)]
    digest: [u8; 32],
    /// As far as it is known: nobody was asked, or whoever was asked said so.
    #[serde(skip)]
    works: bool,
}

/// Where in a history, with the id of the object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
enum Place {
    Commit(String),
    CommitMessage(String),
    TagMessage(String),
    UnreachableObject(String),
}

impl fmt::Display for Place {
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

/// What a search brought.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    /// What could not be read, and why.
    unread: Vec<String>,
}

impl Found {
    fn join(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.unread.extend(other.unread);
    }
}

/// Names of files need not be text. One that is not must not keep the rest from being told.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// `path:line`, which editors and terminals can open, then the mask. (Whoever made the files chose
/// their names: no line break in one may look like another finding.)
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
    let mut found = Found { unread: walked.unread, ..Found::default() };
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
        found.unread.push(format!("which keys they are: {error}")); // that they are there is told in any case
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

fn verdict(found: &Found) -> Result<(), Failure> {
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

/// On standard error, and only on a terminal.
fn progress(length: usize, what: &str, unit: &str) -> ProgressBar {
    let template = format!("{what} {{bar:30}} {{{unit}}} {{eta}}");
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar, // a plain one
    }
}

/// The findings in something that is in memory as a whole.
fn in_memory(bytes: &[u8]) -> Vec<Finding> {
    let line =
        |offset| 1 + memchr::memchr_iter(b'\n', bytes.get(..offset).unwrap_or_default()).count();
    api_keys::scan(bytes)
        .into_iter()
        .filter(|sighting| !is_excused(bytes, sighting.offset))
        .map(|sighting| finding(PathBuf::new(), line(sighting.offset), sighting))
        .collect()
}

/// Whether the line around this place says that its key may stand there, in whichever encoding.
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
