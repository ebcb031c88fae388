//! `keyrack key import`

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use super::super::operator::Operator;
use super::super::output::print;
use super::super::{Failure, database, find};
use crate::config::Config;
use crate::domain::api_keys::{Import, ImportError};
use crate::domain::{Act, Clock, environments, os_rng};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The CSV; - is standard input
    file: PathBuf,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Check everything and add nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let name = &arguments.file;
    let file: Box<dyn Read> = if name.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(name).map_err(|e| format!("{}: {e}", name.display()))?)
    };
    let actor = arguments.operator.actor()?;
    let database = database(config)?;
    let (project, environments) = database.read(|connection| -> Result<_, Failure> {
        let project = find::project(connection, &arguments.project)?;
        let environments = environments::list(connection, &project.id)?;
        Ok((project, environments))
    })?;
    let mut import = Import::read(project, environments, file)?;
    database.read(|connection| import.check(connection))?;
    if !arguments.dry_run {
        let now = Clock::default().now();
        let added = database.write_many(|connection| {
            import.add(connection, &mut Act::new(&actor, now, &mut os_rng()))
        });
        if let Err(ImportError::Changed) = added {
            // This reports which lines no longer fit.
            database.read(|connection| import.check(connection))?;
        }
        added?;
    }
    let report = import.report();
    let did = if arguments.dry_run { "would import" } else { "imported" };
    if report.is_empty() {
        print(format_args!("{did} nothing: there is no key in the file"))?;
    }
    for (environment, kind, count) in report {
        print(format_args!(
            "{did} {count} {kind} key{} into {environment}",
            if count == 1 { "" } else { "s" }
        ))?;
    }
    Ok(())
}
