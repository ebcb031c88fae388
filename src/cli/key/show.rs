//! `keyrack key show`

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::output::{print_fields, print_json};
use super::super::{Failure, database, input};
use super::one;
use super::told::Told;
use crate::config::Config;
use crate::db::{self, DbConnection};
use crate::domain::api_keys::{self, KeyWithValue};
use crate::domain::usage::{self, LastUsed};
use crate::domain::{Clock, projects, users};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Id of the key, key_…; without it the full key comes from standard input
    #[arg(value_name = "KEY_ID")]
    id: Option<String>,
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

/// A key of `keyrack key show --json`. Fields may be added, but none is ever removed.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    told: Told<'a>,
    /// The slug of the project.
    project: &'a str,
    project_id: &'a str,
    environment_id: &'a str,
}

/// A key, with what is in other tables about it.
struct ShownKey {
    key: KeyWithValue,
    created_by: Option<String>,
    last_used: LastUsed,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let found = match &arguments.id {
        Some(id) => by_id(config, id)?,
        None => by_value(config)?,
    };
    let now = Clock::default().now();
    let shown = found.iter().map(|ShownKey { key: found, created_by, last_used }| {
        let KeyWithValue { key, environment, project, former } = found;
        let told = Told::of(key, &environment.name, created_by.as_deref(), *last_used, now);
        Shown {
            told: match former {
                Some(former) => told.of_former(&former.mask, found.times().state(now)),
                None => told,
            },
            project: &project.slug,
            project_id: project.id.as_str(),
            environment_id: environment.id.as_str(),
        }
    });
    if arguments.json {
        return print_json(&shown.collect::<Vec<_>>());
    }
    for Shown { told, project, .. } in shown {
        print_fields(&[told.id, told.kind, project, told.environment, told.state, told.name])?;
    }
    Ok(())
}

fn by_id(config: &Config, id: &str) -> Result<Vec<ShownKey>, Failure> {
    let id = one::parse("KEY_ID", id)?;
    database(config)?.read(|connection| -> Result<_, Failure> {
        let (key, environment) = one::find(connection, &id)?;
        // Nobody can see anything of a deleted project any more.
        let project = projects::find_by_id(connection, &environment.project_id)?
            .ok_or("the project of this key is deleted")?;
        let key = KeyWithValue { key, environment, project, former: None };
        Ok(vec![ShownKey::of(connection, key)?])
    })
}

fn by_value(config: &Config) -> Result<Vec<ShownKey>, Failure> {
    let value = if input::is_typed() {
        Zeroizing::new(rpassword::prompt_password("Key: ")?)
    } else {
        input::line("key")?
    };
    let found = database(config)?.read(|connection| -> Result<_, Failure> {
        let found = api_keys::whose(connection, value.trim())??;
        let found = found.into_iter().map(|key| ShownKey::of(connection, key));
        Ok(found.collect::<db::Result<Vec<_>>>()?)
    })?;
    if found.is_empty() { Err("this API key is unknown".into()) } else { Ok(found) }
}

impl ShownKey {
    fn of(connection: &mut DbConnection, key: KeyWithValue) -> db::Result<Self> {
        let created_by = users::name_of(connection, key.key.created_by.as_ref())?;
        let last_used = usage::last_used(connection, &key.key)?;
        Ok(Self { key, created_by, last_used })
    }
}
