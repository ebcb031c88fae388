//! `keyrack environment …`

use clap::{Args, Subcommand};
use serde::Serialize;

use super::operator::Operator;
use super::output::{print, print_fields, print_json, time};
use super::{Failure, database, find, misused};
use crate::config::Config;
use crate::domain::environments::{
    self, Change, CreateError, Deletion, Environment, GivenUp, Name, NewEnvironment,
};
use crate::domain::projects::{self, KeyCounts};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the environments of a project: id, name, protected or open, number of keys
    List(List),
    /// Add an environment; prints its id
    Add(Add),
    /// Protect an environment: only owners and admins change its keys from then on
    Protect(Protect),
    /// Delete an environment with all its keys: they are refused from then on
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Lower-case letters, digits and hyphens, like staging-2
    #[arg(value_name = "NAME")]
    name: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// Only owners and admins shall change its keys
    #[arg(long)]
    protected: bool,
    /// Take a name that another environment had: gateways that still ask for it accept the keys of
    /// this one then
    #[arg(long)]
    take_name: bool,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct Protect {
    /// Name of the environment
    #[arg(value_name = "NAME")]
    name: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// End its protection instead
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Name of the environment
    #[arg(value_name = "NAME")]
    name: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    #[command(flatten)]
    operator: Operator,
}

/// An environment of `keyrack environment list --json`. Fields may be added, but none is ever
/// removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    protected: bool,
    created_at: String,
    /// Keys that are not deleted.
    publishable_keys: i64,
    secret_keys: i64,
    /// Former names that verifications may still ask for.
    former_names: Vec<&'a str>,
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list(config, &arguments),
        Command::Add(arguments) => add(config, &arguments),
        Command::Protect(arguments) => protect(config, &arguments),
        Command::Delete(arguments) => delete(config, &arguments),
    }
}

fn list(config: &Config, arguments: &List) -> Result<(), Failure> {
    let (environments, counts) = database(config)?.read(|connection| -> Result<_, Failure> {
        let project = find::project(connection, &arguments.project)?;
        let environments = environments::list(connection, &project.id)?;
        Ok((environments, projects::key_counts(connection, &project.id)?))
    })?;
    let keys = |environment: &Environment| {
        let counted = counts.iter().find(|(id, _)| *id == environment.id);
        counted.map_or_else(KeyCounts::default, |(_, counts)| *counts)
    };
    if arguments.json {
        let listed = environments.iter().map(|environment| Listed {
            id: environment.id.as_str(),
            name: &environment.name,
            protected: environment.protected,
            created_at: time(environment.created_at),
            publishable_keys: keys(environment).publishable,
            secret_keys: keys(environment).secret,
            former_names: environment.former_names.split_whitespace().collect(),
        });
        return print_json(&listed.collect::<Vec<_>>());
    }
    for environment in &environments {
        let protected = if environment.protected { "protected" } else { "open" };
        let keys = keys(environment).total().to_string();
        print_fields(&[environment.id.as_str(), &environment.name, protected, &keys])?;
    }
    Ok(())
}

fn add(config: &Config, arguments: &Add) -> Result<(), Failure> {
    let name = Name::parse(&arguments.name).map_err(misused("NAME"))?;
    let protected = arguments.protected;
    let environment = arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let former = environments::former_holder(connection, &project.id, &name)?;
        let told = former.filter(|_| arguments.take_name).map(|environment| environment.id);
        let new = NewEnvironment { name: name.clone(), protected, told };
        environments::create(connection, act, &project.id, &new).map_err(|error| match error {
            CreateError::GivenUp(GivenUp::Untold(former)) => untold(&name, &former).into(),
            error => error.into(),
        })
    })?;
    print(environment.id)
}

/// The error that says what reusing the name would mean for gateways that still ask for it.
fn untold(name: &Name, former: &Environment) -> String {
    let now = match former.deleted_at {
        Some(_) => "was deleted".to_owned(),
        None => format!("is called {} now", former.name),
    };
    format!(
        "another environment was called {name} before and {now}: gateways that still ask for {name} \
         would accept the keys of this one; use --take-name if they shall"
    )
}

fn protect(config: &Config, arguments: &Protect) -> Result<(), Failure> {
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let environment = find::environment(connection, &project, &arguments.name)?;
        let change = Change {
            name: Name::parse(&environment.name)?,
            protected: !arguments.off,
            told: None,
            seen: environments::seen(&environment),
        };
        environments::change(connection, act, &project.id, &environment.id, &change)?;
        Ok(())
    })
}

fn delete(config: &Config, arguments: &Delete) -> Result<(), Failure> {
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let environment = find::environment(connection, &project, &arguments.name)?;
        let typed = &arguments.name; // the name in the command confirms the deletion
        match environments::delete(connection, act, &project.id, &environment.id, typed)? {
            Deletion::Deleted { .. } | Deletion::Already { .. } => Ok(()),
        }
    })
}
