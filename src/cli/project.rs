//! `keyrack project …`

use clap::{Args, Subcommand};
use serde::Serialize;

use super::operator::Operator;
use super::output::{print, print_fields, print_json, time};
use super::{Failure, database, find, misused};
use crate::config::Config;
use crate::db::DbConnection;
use crate::domain::members::{self, Member, Problem, Role};
use crate::domain::projects::{self, DeleteError, Description, Name, NewProject, Project};
use crate::domain::users::{Email, User};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a project with dev, staging and prod; prints its slug
    Add(Add),
    /// List all projects: id, slug, number of environments, number of keys, name
    List(List),
    /// Make a member an owner in the place of one, who becomes an admin
    HandOver(HandOver),
    /// Delete a project with all its keys: they are refused from then on
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// What people call it
    #[arg(long)]
    name: String,
    /// E-mail address of its owner
    #[arg(long, value_name = "E-MAIL")]
    owner: String,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print a JSON array, which tells more
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct HandOver {
    /// Slug of the project
    #[arg(value_name = "SLUG")]
    project: String,
    /// E-mail address of the member who becomes an owner
    #[arg(long, value_name = "E-MAIL")]
    to: String,
    /// E-mail address of the owner who becomes an admin; must be given where there are several
    #[arg(long, value_name = "E-MAIL")]
    from: Option<String>,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Slug of the project
    #[arg(value_name = "SLUG")]
    project: String,
    /// Its name, which the page asks for as well: a slug is easily mistyped
    #[arg(long, value_name = "NAME")]
    confirm: String,
    #[command(flatten)]
    operator: Operator,
}

/// A project of `keyrack project list --json`. Fields may be added, but none is ever removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    slug: &'a str,
    name: &'a str,
    description: &'a str,
    created_at: String,
    environments: i64,
    keys: i64,
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(arguments) => add(config, &arguments),
        Command::List(arguments) => list(config, &arguments),
        Command::HandOver(arguments) => hand_over(config, &arguments),
        Command::Delete(arguments) => delete(config, &arguments),
    }
}

fn add(config: &Config, arguments: &Add) -> Result<(), Failure> {
    let project = NewProject {
        name: Name::parse(&arguments.name).map_err(misused("--name"))?,
        slug: None,
        description: Description::default(),
    };
    let owner = find::email("--owner", &arguments.owner)?;
    let slug = arguments.operator.change(config, |connection, act| {
        let owner = find::user(connection, &owner)?;
        Ok(projects::create(connection, act, &project, &owner.id)?)
    })?;
    print(slug)
}

fn list(config: &Config, arguments: &List) -> Result<(), Failure> {
    let listed = database(config)?.read(projects::list_all)?;
    if arguments.json {
        let listed = listed.iter().map(|(project, holds)| Listed {
            id: project.id.as_str(),
            slug: &project.slug,
            name: &project.name,
            description: &project.description,
            created_at: time(project.created_at),
            environments: holds.environments,
            keys: holds.keys,
        });
        return print_json(&listed.collect::<Vec<_>>());
    }
    for (project, holds) in &listed {
        let (environments, keys) = (holds.environments.to_string(), holds.keys.to_string());
        print_fields(&[project.id.as_str(), &project.slug, &environments, &keys, &project.name])?;
    }
    Ok(())
}

fn hand_over(config: &Config, arguments: &HandOver) -> Result<(), Failure> {
    let to = find::email("--to", &arguments.to)?;
    let from = arguments.from.as_deref().map(|from| find::email("--from", from)).transpose()?;
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        let to = find::user(connection, &to)?;
        let from = owner(connection, &project, from.as_ref())?;
        match members::hand_over(connection, act, &project, &from.id, &to.id) {
            Ok(_) => Ok(()),
            Err(Problem::Changed(_)) => Err("they are an owner of the project already".into()),
            Err(problem) => Err(problem.into()),
        }
    })
}

/// The owner with this e-mail address. Without an address, it is the only owner.
fn owner(
    connection: &mut DbConnection,
    project: &Project,
    email: Option<&Email>,
) -> Result<User, Failure> {
    let members = members::list(connection, &project.id)?.into_iter();
    let mut owners = members.filter(|member| member.role == Role::Owner);
    let Some(email) = email else {
        return match (owners.next(), owners.next()) {
            (Some(Member { user, .. }), None) => Ok(user),
            _ => Err("the project has several owners: say which one with --from".into()),
        };
    };
    let user = find::user(connection, email)?;
    let is_owner = owners.any(|owner| owner.user.id == user.id);
    if is_owner { Ok(user) } else { Err(format!("{} is no owner of it", user.email).into()) }
}

fn delete(config: &Config, arguments: &Delete) -> Result<(), Failure> {
    arguments.operator.change(config, |connection, act| {
        let project = find::project(connection, &arguments.project)?;
        match projects::delete(connection, act, &project.id, &arguments.confirm) {
            Ok(_) => Ok(()),
            Err(DeleteError::NotConfirmed(project)) => {
                Err(format!("it is called '{}': confirm with this name", project.name).into())
            }
            Err(error) => Err(error.into()),
        }
    })
}
