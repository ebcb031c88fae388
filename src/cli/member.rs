//! `keyrack member …`

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::operator::Operator;
use super::output::{print_fields, print_json, time};
use super::{Failure, database, find};
use crate::config::Config;
use crate::domain::members::{self, Role};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the members of a project: id, role, e-mail address, name
    List(List),
    /// Add somebody who has an account; others are invited in the dashboard
    Add(Add),
    /// Give a member another role
    Role(ChangeRole),
    /// Remove a member; the keys that they added keep working
    Remove(Remove),
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
    /// E-mail address of the user
    #[arg(value_name = "E-MAIL")]
    email: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// What they may do
    #[arg(long)]
    role: RoleArgument,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct ChangeRole {
    /// E-mail address of the member
    #[arg(value_name = "E-MAIL")]
    email: String,
    /// What they may do from now on
    #[arg(value_name = "ROLE")]
    role: RoleArgument,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// E-mail address of the member
    #[arg(value_name = "E-MAIL")]
    email: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArgument {
    Owner,
    Admin,
    Member,
    Viewer,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Owner => Self::Owner,
            RoleArgument::Admin => Self::Admin,
            RoleArgument::Member => Self::Member,
            RoleArgument::Viewer => Self::Viewer,
        }
    }
}

/// A member of `keyrack member list --json`. Fields may be added, but none is ever removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    role: &'a str,
    email: &'a str,
    name: &'a str,
    /// When the member made the last request, or signed out. Null if never.
    last_seen_at: Option<String>,
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list(config, &arguments),
        Command::Add(arguments) => add(config, &arguments),
        Command::Role(arguments) => change_role(config, &arguments),
        Command::Remove(arguments) => remove(config, &arguments),
    }
}

fn list(config: &Config, arguments: &List) -> Result<(), Failure> {
    let members = database(config)?.read(|connection| -> Result<_, Failure> {
        let project = find::project(connection, &arguments.project)?;
        Ok(members::list(connection, &project.id)?)
    })?;
    let listed = members.iter().map(|member| Listed {
        id: member.user.id.as_str(),
        role: member.role.as_str(),
        email: &member.user.email,
        name: &member.user.name,
        last_seen_at: member.last_seen.map(time),
    });
    if arguments.json {
        return print_json(&listed.collect::<Vec<_>>());
    }
    for Listed { id, role, email, name, .. } in listed {
        print_fields(&[id, role, email, name])?;
    }
    Ok(())
}

fn add(config: &Config, arguments: &Add) -> Result<(), Failure> {
    let email = find::email("E-MAIL", &arguments.email)?;
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let user = find::user(connection, &email)?;
        Ok(members::add(connection, act, &project.id, &user, arguments.role.into())?)
    })
}

fn change_role(config: &Config, arguments: &ChangeRole) -> Result<(), Failure> {
    let email = find::email("E-MAIL", &arguments.email)?;
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let user = find::user(connection, &email)?;
        let to = arguments.role.into();
        // Whatever role they have is accepted as the one before, because nobody saw a page with an
        // older one. `change_role` refuses a user who is not a member.
        let was = members::find(connection, &project.id, &user.id)?.map_or(to, |(_, was)| was);
        members::change_role(connection, act, &project.id, &user.id, was, to)?;
        Ok(())
    })
}

fn remove(config: &Config, arguments: &Remove) -> Result<(), Failure> {
    let email = find::email("E-MAIL", &arguments.email)?;
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let user = find::user(connection, &email)?;
        members::remove(connection, act, &project.id, &user.id)?;
        Ok(())
    })
}
