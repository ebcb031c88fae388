//! `keyrack scan`: keys in files, and in the history of the git repositories among them.

mod files;
mod history;
mod walk;

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};

use super::{Failure, database, print};
use crate::config::Config;
use crate::domain::api_keys::{self, Sighting};
use crate::domain::verification::{Found as Known, find_all};
use crate::domain::{Clock, text};
use crate::model::KeyState;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders; a git repository is searched with its history
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Leave the history of git repositories out
    #[arg(long)]
    no_history: bool,
    /// Ask the database which keys they are
    #[arg(long)]
    lookup: bool,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

/// A key that stands where it should not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    /// The file; in the history its name at the time.
    #[serde(serialize_with = "lossy")]
    path: PathBuf,
    /// From 1.
    line: usize,
    /// Where in the history; nothing: in the file as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    mask: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip)]
    digest: [u8; 32],
    /// As far as it is known: nobody was asked, or whoever was asked said so.
    #[serde(skip)]
    works: bool,
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
        if let Some(commit) = &self.commit {
            write!(f, " in {commit}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", {key}")?;
        }
        Ok(())
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let walked = walk::walk(&arguments.paths, !arguments.no_history);
    let mut found = Found { unread: walked.unread, ..Found::default() };
    found.join(files::search(&walked.files));
    for repository in &walked.repositories {
        found.join(history::search(repository));
    }
    found.findings.sort();
    found.findings.dedup();
    if arguments.lookup
        && let Err(error) = lookup(config, &mut found.findings)
    {
        found.unread.push(format!("which keys they are: {error}")); // that they are there is told in any case
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

/// Adds which key each is. Reads only: the schema is not touched, a missing database not made.
fn lookup(config: &Config, findings: &mut [Finding]) -> Result<(), Failure> {
    let now = Clock::default().now();
    let known =
        database(config)?.read(|connection| -> Result<_, Failure> {
            let mut known = Vec::new();
            for finding in findings.iter() {
                known.push(find_all(connection, &finding.digest)?);
            }
            Ok(known)
        })?;
    for (finding, known) in findings.iter_mut().zip(known) {
        let told = known.iter().map(|Known { key, home, .. }| {
            let (state, works) = match key.times.state(now) {
                KeyState::Active => ("living", true),
                KeyState::Deleted => ("deleted", false),
                KeyState::Rotated => ("former value of", false),
                KeyState::Expired => ("expired", false),
                KeyState::Paused => ("paused", true), // somebody may resume it
            };
            (format!("{state} key '{}' of {}: {}", key.name, home.name, key.id), works)
        });
        let (told, works): (Vec<String>, Vec<bool>) = told.unzip();
        finding.key = Some(match told.as_slice() {
            [] => "unknown to this database".to_owned(),
            told => told.join(", "),
        });
        finding.works = works.is_empty() || works.contains(&true);
    }
    Ok(())
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
        .map(|sighting| finding(PathBuf::new(), line(sighting.offset), sighting))
        .collect()
}

fn finding(path: PathBuf, line: usize, sighting: Sighting) -> Finding {
    Finding {
        path,
        line,
        commit: None,
        mask: sighting.mask,
        key: None,
        digest: *sighting.digest.bytes(),
        works: true,
    }
}
