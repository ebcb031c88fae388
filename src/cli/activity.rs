//! `keyrack activity`

use clap::{Args, value_parser};
use serde::Serialize;

use super::output::{print_fields, print_json, time};
use super::{Failure, database, find};
use crate::config::Config;
use crate::domain::activity::{self, ActivityEntry, Filter};
use crate::domain::members::Role;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Name of an environment; everything by default
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Id of one thing, like key_…
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// So many entries, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..))]
    limit: u32,
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

/// An entry of `keyrack activity --json`. Fields may be added, but none is ever removed.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    at: String,
    /// The name that the actor had at the time.
    actor: &'a str,
    /// Null if it was done on the command line.
    actor_id: Option<&'a str>,
    /// Who ran the command, as given with `--as` or by the system.
    says: Option<&'a str>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: &'a str,
    /// The name that the subject had at the time.
    subject: &'a str,
    /// Empty if the subject is not a key.
    mask: &'a str,
    /// Empty if the subject is not in an environment.
    environment: &'a str,
    /// What changed, in words.
    detail: &'a str,
    /// Null if it was done on this machine.
    address: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(entry: &'a ActivityEntry) -> Self {
        Self {
            id: entry.id.as_str(),
            at: time(entry.at),
            actor: &entry.actor,
            actor_id: entry.actor_id.as_ref().map(|id| id.as_str()),
            says: entry.says.as_deref(),
            action: entry.action.as_str(),
            subject_kind: entry.subject_kind.as_str(),
            subject_id: &entry.subject_id,
            subject: &entry.subject,
            mask: &entry.mask,
            environment: &entry.environment,
            detail: &entry.detail,
            address: entry.address.as_deref(),
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let entries = database(config)?.read(|connection| -> Result<_, Failure> {
        let project = find::project(connection, &arguments.project)?;
        let environment = match &arguments.environment {
            Some(name) => Some(find::environment(connection, &project, name)?.id),
            None => None,
        };
        let subject_id = arguments.subject.clone();
        let filter = Filter { environment, subject_id, ..Filter::default() };
        let limit = arguments.limit.into();
        Ok(activity::list(connection, &project.id, Role::Owner, &filter, None, limit)?)
    })?;
    if arguments.json {
        return print_json(&entries.iter().map(Told::of).collect::<Vec<_>>());
    }
    for entry in &entries {
        print_fields(&[
            &time(entry.at),
            &activity::who(entry),
            activity::did(entry),
            &entry.subject,
            &entry.mask,
            &entry.environment,
            &entry.detail,
            entry.address.as_deref().unwrap_or_default(),
        ])?;
    }
    Ok(())
}
