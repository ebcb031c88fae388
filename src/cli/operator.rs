//! Who runs a command, as they say.

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
    /// The command line, with the name that was given, or the one that the system knows.
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
            // The time once the database is there: it may have been waited for.
            change(connection, &mut Act::new(&actor, Clock::default().now(), &mut os_rng()))
        })
    }
}

/// Who sits there: behind `sudo` whoever called it, which `root` does not tell.
fn system_user() -> Option<String> {
    let user = whoami::username().ok()?;
    let caller = (user == "root").then(|| std::env::var("SUDO_USER").ok()).flatten();
    text::name(&caller.unwrap_or(user)).ok()
}
