//! `keyrack key pause | resume | delete`, and how a command names one key.

use clap::Args;

use super::super::operator::Operator;
use super::super::{Failure, misused};
use crate::config::Config;
use crate::db::DbConnection;
use crate::domain::api_keys::{self, ApiKey, Deletion};
use crate::domain::environments::Environment;

/// Which key.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Id of the key, key_…
    #[arg(value_name = "KEY_ID", required_unless_present = "id_option")]
    id: Option<String>,
    // This is how the first version took the id, and scripts may still use it.
    #[arg(long = "id", value_name = "KEY_ID", conflicts_with = "id", hide = true)]
    id_option: Option<String>,
}

impl Which {
    pub(super) fn id(&self) -> Result<api_keys::Id, Failure> {
        match (&self.id, &self.id_option) {
            (Some(id), _) => parse("KEY_ID", id),
            (None, Some(id)) => parse("--id", id),
            (None, None) => Err(misused("KEY_ID")("it is missing")), // clap asks for one of them
        }
    }
}

/// Parses the id of a key; the error names the argument.
pub(super) fn parse(argument: &str, id: &str) -> Result<api_keys::Id, Failure> {
    api_keys::Id::parse(id)
        .ok_or("a key's id is key_ and 32 digits of 0-9 a-f")
        .map_err(misused(argument))
}

/// The key with this id, in whichever project.
pub(super) fn find(
    connection: &mut DbConnection,
    id: &api_keys::Id,
) -> Result<(ApiKey, Environment), Failure> {
    Ok(api_keys::find_anywhere(connection, id)?.ok_or("there is no key with this id")?)
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn pause(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    arguments.operator.change(config, |connection, act| {
        let (_, environment) = find(connection, &id)?;
        api_keys::pause(connection, act, &environment, &id)?;
        Ok(())
    })
}

pub(super) fn resume(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    arguments.operator.change(config, |connection, act| {
        let (_, environment) = find(connection, &id)?;
        api_keys::resume(connection, act, &environment, &id, None)?;
        Ok(())
    })
}

/// A key that is deleted already is no error.
pub(super) fn delete(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    arguments.operator.change(config, |connection, act| {
        let (key, environment) = find(connection, &id)?;
        match api_keys::delete(connection, act, &environment, key)? {
            Deletion::Deleted(_) | Deletion::Already { .. } => Ok(()),
        }
    })
}
