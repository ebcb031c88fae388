//! `keyrack user …`

use clap::Subcommand;

use super::operator::Operator;
use super::output::print;
use super::{Failure, database, find, mail, misused, password};
use crate::config::Config;
use crate::domain::users::{self, NewUser, Password};
use crate::domain::{Clock, os_rng, text, two_step};
use crate::web::mail::account::Notice;

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
        #[command(flatten)]
        operator: Operator,
    },
    /// Turn two-step sign-in off for a user who lost phone and recovery codes
    DisableTwoStep {
        /// E-mail address of the user
        #[arg(long, value_name = "E-MAIL")]
        email: String,
        #[command(flatten)]
        operator: Operator,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { email, name } => {
            let email = find::email("--email", &email)?;
            let name = text::name(&name).map_err(misused("--name"))?;
            let db = database(config)?;
            let password = Password::choose(password::read()?, &[email.as_str(), &name])?;
            let user = NewUser { password_hash: password.hash(&mut os_rng()), email, name };
            let id = db.write(|connection| {
                users::create(connection, &user, Clock::default().now(), &mut os_rng())
            })?;
            print(id)
        }
        Command::ResetPassword { email, operator } => {
            let email = find::email("--email", &email)?;
            database(config)?; // fails before anybody types a password in vain
            let hash = Password::choose(password::read()?, &[email.as_str()])?.hash(&mut os_rng());
            let user = operator.change(config, |connection, act| {
                Ok(users::reset_password(connection, act, &email, &hash)?)
            })?;
            mail::tell(config, &user, Notice::PasswordReset);
            Ok(())
        }
        Command::DisableTwoStep { email, operator } => {
            let email = find::email("--email", &email)?;
            let had_it = operator.change(config, |connection, act| {
                Ok(two_step::disable(connection, act, &email)?)
            })?;
            if let Some(user) = had_it {
                mail::tell(config, &user, Notice::TwoStepDisabled);
            }
            Ok(())
        }
    }
}
