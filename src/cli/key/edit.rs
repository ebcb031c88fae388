//! `keyrack key edit`

use clap::Args;

use super::super::operator::Operator;
use super::super::{Failure, misused};
use super::one::{Which, find};
use crate::config::Config;
use crate::domain::api_keys::{self, Change, KeyName, Note};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// What people call it from now on
    #[arg(long, required_unless_present = "note")]
    name: Option<String>,
    /// What it is for, and who to ask; an empty text removes the note
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    let name = arguments.name.as_deref().map(KeyName::parse).transpose();
    let name = name.map_err(misused("--name"))?;
    let note = arguments.note.as_deref().map(Note::parse).transpose();
    let note = note.map_err(misused("--note"))?;
    arguments.operator.change(config, |connection, act| {
        let (_, environment) = find(connection, &id)?;
        let change = Change { name, note, seen: None };
        api_keys::describe(connection, act, &environment, &id, &change)?;
        Ok(())
    })
}
