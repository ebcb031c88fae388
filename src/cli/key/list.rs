//! `keyrack key list`

use clap::Args;

use super::super::output::{print_fields, print_json, time};
use super::super::{Failure, database, find};
use super::told::Told;
use crate::config::Config;
use crate::domain::Clock;
use crate::domain::api_keys;
use crate::domain::usage::LastUsed;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Name of the environment; all of them by default
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let keys = database(config)?.read(|connection| -> Result<_, Failure> {
        let project = find::project(connection, &arguments.project)?;
        let environment = match &arguments.environment {
            Some(name) => Some(find::environment(connection, &project, name)?.id),
            None => None,
        };
        Ok(api_keys::list_of_project(connection, &project.id, environment.as_ref())?)
    })?;
    let now = Clock::default().now();
    let told = keys.iter().map(|(listed, environment)| {
        let api_keys::Listed { key, created_by, last_used } = listed;
        (Told::of(key, environment, created_by.as_deref(), *last_used, now), *last_used)
    });
    if arguments.json {
        return print_json(&told.map(|(told, _)| told).collect::<Vec<_>>());
    }
    for (told, last_used) in told {
        let last_used = match last_used {
            LastUsed::At(at) => time(at),
            LastUsed::NotYet => "never".to_owned(),
            LastUsed::NotSince(_) => "unknown".to_owned(),
        };
        print_fields(&[
            told.id,
            told.kind,
            told.environment,
            told.mask,
            told.name,
            told.state,
            told.expires_at.as_deref().unwrap_or("never"),
            &last_used,
            told.created_by.unwrap_or("the command line"),
        ])?;
    }
    Ok(())
}
