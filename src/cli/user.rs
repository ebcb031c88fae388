//! `keyrack user …`

use clap::{Args, Subcommand};
use serde::Serialize;

use super::operator::Operator;
use super::output::{print, print_fields, print_json, time};
use super::{Failure, database, find, mail, misused, password};
use crate::config::Config;
use crate::db::DbConnection;
use crate::domain::instance::{self, AccountError};
use crate::domain::users::{self, NewUser, Password};
use crate::domain::{Act, Clock, os_rng, text, two_step};
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
    /// List all users: id, state, administrator or user, e-mail address, name
    List {
        /// Print a JSON array, which tells more
        #[arg(long)]
        json: bool,
    },
    /// Sign a user out everywhere and let them in no more; the keys that they added keep working
    Disable(OfUser),
    /// Let a user in again who was disabled
    Enable(OfUser),
    /// Delete an account: name and e-mail address go, the keys that they added keep working
    Delete(OfUser),
    /// Make a user an administrator of this Keyrack
    Promote(OfUser),
    /// Make an administrator an ordinary user
    Demote(OfUser),
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

#[derive(Debug, Args)]
pub(super) struct OfUser {
    /// E-mail address of the user
    #[arg(value_name = "E-MAIL")]
    email: String,
    #[command(flatten)]
    operator: Operator,
}

/// A user of `keyrack user list --json`. Fields are added, none is removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    state: &'static str,
    administrator: bool,
    email: &'a str,
    name: &'a str,
    two_step: bool,
    created_at: String,
    /// Their last request, or, signed out, when that was. Null: they were never here.
    last_seen_at: Option<String>,
    /// The slugs of their projects.
    projects: Vec<&'a str>,
}

/// What is done to an account.
type Verb = fn(&mut DbConnection, &mut Act<'_>, &users::Id) -> Result<users::User, AccountError>;

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
        Command::List { json } => list(config, json),
        Command::Disable(of) => change(config, &of, instance::disable),
        Command::Enable(of) => change(config, &of, instance::enable),
        Command::Delete(of) => change(config, &of, instance::delete),
        Command::Promote(of) => change(config, &of, instance::promote),
        Command::Demote(of) => change(config, &of, instance::demote),
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

fn list(config: &Config, json: bool) -> Result<(), Failure> {
    let accounts = database(config)?.read(instance::accounts)?;
    let listed = accounts.iter().map(|account| Listed {
        id: account.user.id.as_str(),
        state: if account.user.is_active() { "active" } else { "disabled" },
        administrator: account.user.administrator,
        email: &account.user.email,
        name: &account.user.name,
        two_step: account.two_step,
        created_at: time(account.user.created_at),
        last_seen_at: account.last_seen.map(time),
        projects: account.projects.iter().map(|(project, _)| project.slug.as_str()).collect(),
    });
    if json {
        return print_json(&listed.collect::<Vec<_>>());
    }
    for Listed { id, state, administrator, email, name, .. } in listed {
        print_fields(&[
            id,
            state,
            if administrator { "administrator" } else { "user" },
            email,
            name,
        ])?;
    }
    Ok(())
}

fn change(config: &Config, of: &OfUser, verb: Verb) -> Result<(), Failure> {
    let email = find::email("E-MAIL", &of.email)?;
    of.operator.change(config, |connection, act| {
        let user = find::user(connection, &email)?;
        match verb(connection, act, &user.id) {
            Ok(_) => Ok(()),
            Err(AccountError::SoleOwner(projects)) => Err(format!(
                "they are the only owner of {}; hand that over first, with keyrack project hand-over",
                projects.join(", ")
            )
            .into()),
            Err(problem) => Err(problem.into()),
        }
    })
}
