//! `keyrack project …`

use clap::Subcommand;

use super::{Failure, database, misused, print};
use crate::config::Config;
use crate::domain::projects::{self, Description, Name, NewProject};
use crate::domain::users::{self, Email};
use crate::domain::{Act, Actor, Clock, os_rng};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a project with dev, staging and prod; prints its slug
    Add {
        /// What people call it
        #[arg(long)]
        name: String,
        /// E-mail address of its owner
        #[arg(long, value_name = "E-MAIL")]
        owner: String,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let Command::Add { name, owner } = command;
    let project = NewProject {
        name: Name::parse(&name).map_err(misused("--name"))?,
        slug: None,
        description: Description::default(),
    };
    let owner = Email::parse(&owner).map_err(misused("--owner"))?;
    let slug = database(config)?.write(|connection| -> Result<_, Failure> {
        let (user, _) =
            users::find_by_email(connection, &owner)?.ok_or("nobody has this e-mail address")?;
        Ok(projects::create(
            connection,
            &mut Act::new(&Actor::CommandLine, Clock::default().now(), &mut os_rng()),
            &project,
            &user.id,
        )?)
    })?;
    print(slug)?;
    Ok(())
}
