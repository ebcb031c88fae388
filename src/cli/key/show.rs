//! `keyrack key show`

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::{Failure, database, input, print};
use crate::config::Config;
use crate::domain::Clock;
use crate::domain::api_keys::{self, KeyWithValue};
use crate::model::KeyState;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

/// A key of `keyrack key show --json`. Fields are added, none is removed.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: &'a str,
    name: &'a str,
    mask: &'a str,
    /// Its slug.
    project: &'a str,
    project_id: &'a str,
    /// Its name.
    environment: &'a str,
    environment_id: &'a str,
    state: &'a str,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let key = if input::is_typed() {
        Zeroizing::new(rpassword::prompt_password("Key: ")?)
    } else {
        input::line("key")?
    };
    let found = database(config)?.read(|connection| -> Result<_, Failure> {
        Ok(api_keys::whose(connection, key.trim())??)
    })?;
    if found.is_empty() {
        return Err("this API key is unknown".into());
    }
    let now = Clock::default().now();
    let shown = found.iter().map(|found| Shown::of(found, found.times().state(now)));
    if arguments.json {
        return print(serde_json::to_string_pretty(&shown.collect::<Vec<_>>())?);
    }
    for Shown { id, kind, name, project, environment, state, .. } in shown {
        print(format_args!("{id}\t{kind}\t{project}\t{environment}\t{state}\t{name}"))?;
    }
    Ok(())
}

impl<'a> Shown<'a> {
    fn of(found: &'a KeyWithValue, state: KeyState) -> Self {
        let KeyWithValue { key, environment, project, former } = found;
        Self {
            id: key.id.as_str(),
            kind: key.kind.as_str(),
            name: &key.name,
            mask: former.as_ref().map_or(&key.mask, |former| &former.mask),
            project: &project.slug,
            project_id: project.id.as_str(),
            environment: &environment.name,
            environment_id: environment.id.as_str(),
            state: state.as_str(),
        }
    }
}
