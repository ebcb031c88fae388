//! Who runs a command. Nobody checks this name.

use clap::Args;

use super::{Failure, database, misused};
use crate::config::Config;
use crate::db::DbConnection;
use crate::domain::{Act, Actor, Clock, os_rng, text};

#[derive(Debug, Args)]
pub(super) struct Operator {
    /// Who does this, for the activity; the user of the system by default
    #[arg(id = "as", long = "as", value_name = "NAME")]
    name: Option<String>,
}

impl Operator {
    /// The command line, with the name given with `--as`, or else the name of the system's user.
    pub(super) fn actor(&self) -> Result<Actor, Failure> {
        let says = match &self.name {
            Some(name) => Some(text::name(name).map_err(misused("--as"))?),
            None => system_user(),
        };
        Ok(Actor::CommandLine { says })
    }

    /// Changes something in one transaction.
    pub(super) fn change<T>(
        &self,
        config: &Config,
        change: impl FnOnce(&mut DbConnection, &mut Act<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let actor = self.actor()?;
        database(config)?.write(|connection| {
            // The time is taken only now, because the command may have waited for the database.
            change(connection, &mut Act::new(&actor, Clock::default().now(), &mut os_rng()))
        })
    }
}

/// The user of the system. With `sudo` that is whoever called it, because `root` says nothing about
/// who it was.
fn system_user() -> Option<String> {
    let user = whoami::username().ok()?;
    let caller = (user == "root").then(|| std::env::var("SUDO_USER").ok()).flatten();
    text::name(&caller.unwrap_or(user)).ok()
}
