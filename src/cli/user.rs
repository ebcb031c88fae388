//! `keyrack user …`

use clap::Subcommand;

use super::{Failure, database, misused, password, print};
use crate::config::Config;
use crate::domain::users::{self, Email, NewUser, Password};
use crate::domain::{Act, Actor, Clock, os_rng, text, two_step};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a user; the password comes from standard input, or is asked for on a terminal
    Add {
        /// E-mail address to sign in with
        #[arg(long, value_name = "E-MAIL")]
        email: String,
        /// Name that others see
        #[arg(long)]
        name: String,
    },
    /// Set a new password and end all sessions of a user
    ResetPassword {
        /// E-mail address of the user
        #[arg(long, value_name = "E-MAIL")]
        email: String,
    },
    /// Turn two-step sign-in off for a user who lost phone and recovery codes
    DisableTwoStep {
        /// E-mail address of the user
        #[arg(long, value_name = "E-MAIL")]
        email: String,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { email, name } => {
            let email = Email::parse(&email).map_err(misused("--email"))?;
            let name = text::name(&name).map_err(misused("--name"))?;
            let db = database(config)?;
            let password = Password::choose(password::read()?, &[email.as_str(), &name])?;
            let user = NewUser { password_hash: password.hash(&mut os_rng()), email, name };
            let id = db.write(|connection| {
                users::create(connection, &user, Clock::default().now(), &mut os_rng())
            })?;
            print(id)?;
        }
        Command::ResetPassword { email } => {
            let email = Email::parse(&email).map_err(misused("--email"))?;
            let db = database(config)?;
            let hash = Password::choose(password::read()?, &[email.as_str()])?.hash(&mut os_rng());
            let now = Clock::default().now();
            db.write(|c| {
                users::reset_password(
                    c,
                    &mut Act::new(&Actor::CommandLine, now, &mut os_rng()),
                    &email,
                    &hash,
                )
            })?;
        }
        Command::DisableTwoStep { email } => {
            let email = Email::parse(&email).map_err(misused("--email"))?;
            let now = Clock::default().now();
            database(config)?.write(|c| {
                two_step::disable(c, &mut Act::new(&Actor::CommandLine, now, &mut os_rng()), &email)
            })?;
        }
    }
    Ok(())
}
