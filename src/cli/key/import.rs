//! `keyrack key import`

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::Args;

use super::super::{Failure, database, print};
use super::find_project;
use crate::config::Config;
use crate::domain::api_keys::{self, Report};
use crate::domain::{Actor, Clock, os_rng};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The CSV
    file: PathBuf,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Check everything and add nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let file = File::open(&arguments.file).map_err(|e| format!("{}: {e}", arguments.file.display()))?;
    let file = BufReader::with_capacity(1 << 16, file);
    let import = |connection: &mut _| -> Result<Report, Failure> {
        let project = find_project(connection, &arguments.project)?;
        let now = Clock::default().now();
        Ok(api_keys::import(connection, &project, file, arguments.dry_run, &Actor::CommandLine, now, &mut os_rng())?)
    };
    let database = database(config)?;
    let report = if arguments.dry_run { database.read_blocking(import)? } else { database.write_blocking(import)? };
    let did = if arguments.dry_run { "would import" } else { "imported" };
    if report.is_empty() {
        print(format_args!("{did} nothing: there is no key in the file"))?;
    }
    for (environment, kind, count) in report {
        print(format_args!("{did} {count} {kind} key{} into {environment}", if count == 1 { "" } else { "s" }))?;
    }
    Ok(())
}
