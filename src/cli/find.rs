//! Finds the projects, environments and people that a command names. The error for one that does
//! not exist is one line.

use super::{Failure, misused};
use crate::db::DbConnection;
use crate::domain::environments::{self, Environment};
use crate::domain::projects::{self, Project, Slug};
use crate::domain::users::{self, Email, User};

pub(super) fn project(connection: &mut DbConnection, slug: &str) -> Result<Project, Failure> {
    let found = match Slug::parse(slug) {
        Ok(slug) => projects::find(connection, slug.as_str())?,
        Err(_) => None,
    };
    found.ok_or_else(|| format!("there is no project '{slug}'").into())
}

pub(super) fn environment(
    connection: &mut DbConnection,
    project: &Project,
    name: &str,
) -> Result<Environment, Failure> {
    let environments = environments::list(connection, &project.id)?;
    let names: Vec<String> =
        environments.iter().map(|environment| environment.name.clone()).collect();
    environments.into_iter().find(|environment| environment.name == name).ok_or_else(|| {
        format!("there is no environment '{name}' in '{}', only {}", project.slug, names.join(", "))
            .into()
    })
}

/// Parses an e-mail address; the error names the argument.
pub(super) fn email(argument: &str, text: &str) -> Result<Email, Failure> {
    Email::parse(text).map_err(misused(argument))
}

pub(super) fn user(connection: &mut DbConnection, email: &Email) -> Result<User, Failure> {
    let found = users::find_by_email(connection, email)?;
    Ok(found.map(|(user, _)| user).ok_or("nobody has this e-mail address")?)
}
