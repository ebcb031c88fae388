//! The command line. Standard output carries only the result. An error is one line on standard
//! error and exit status 1, or 2 for wrong usage, like every program that uses clap.

mod activity;
mod backup;
mod demo;
mod environment;
mod find;
mod input;
mod key;
mod mail;
mod member;
mod operator;
mod output;
mod password;
mod project;
mod scan;
mod user;

use std::io::Write;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, padded_variables, unknown_variables, without_empty_variables};
use crate::db::{CommandDb, DatabaseUrl};
use crate::domain::{text, users};
use crate::{startup, telemetry};

/// The place where a team's API keys hang.
#[derive(Debug, Parser)]
#[command(name = "keyrack", version, about)]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the dashboard and the verifier (the default)
    ///
    /// KEYRACK_LOG says how much is logged: error, warn, info (the default), debug, trace or off;
    /// KEYRACK_LOG_FORMAT how: json, or text, which it is on a terminal by default. A
    /// socket that systemd hands over (LISTEN_FDS) goes before --listen.
    Serve,
    /// Serve a made-up team on a database of its own, which is removed at the end
    ///
    /// Prints who can sign in and their password. Takes no --database-url.
    Demo,
    /// Make the database, or bring its schema up to date
    ///
    /// Serving does the same at its start; the other commands only say when it is needed. Of an
    /// SQLite database a copy is kept beside it before its schema changes (keyrack.db.before-19, the
    /// newest two). To go back to an older Keyrack: stop Keyrack, remove the database with its -wal
    /// and -shm files, and copy it to its place.
    Migrate,
    /// Copy an SQLite database while the server runs
    ///
    /// The copy is of one moment and has everything that was answered before the command began. To
    /// restore it: stop Keyrack, remove the old database with its -wal and -shm files, copy the
    /// backup to its place, start Keyrack. On PostgreSQL use pg_dump.
    Backup(backup::Arguments),
    /// Look for keys in files and in the history of git repositories
    ///
    /// Finds Keyrack keys by their shape and checksum, without asking anybody, and prints where
    /// each is and its mask. Exit status 1 when there is one, or when something could not be read:
    /// as a pre-commit hook and in CI.
    Scan(scan::Arguments),
    /// People who sign in
    #[command(subcommand)]
    User(user::Command),
    /// Services or apps that hold keys
    #[command(subcommand)]
    Project(project::Command),
    /// The isolations inside a project
    #[command(subcommand)]
    Environment(environment::Command),
    /// People in a project
    #[command(subcommand)]
    Member(member::Command),
    /// API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Tell who did what in a project, the newest first
    ///
    /// Fields are separated by tabs: time (UTC), who, what they did, to what, its mask, where, what
    /// changed, from which address.
    Activity(activity::Arguments),
}

/// Any error, as one line for whoever typed the command.
type Failure = Box<dyn std::error::Error>;

/// Parses the arguments and runs the command.
///
/// # Errors
/// One line for standard error. Wrong usage ends the process with status 2.
pub fn run() -> Result<(), Failure> {
    let matches = shown_where_read(without_empty_variables(Cli::command())).get_matches();
    let Cli { config, command } =
        Cli::from_arg_matches(&matches).unwrap_or_else(|misuse| misuse.exit());
    execute(config, command.unwrap_or(Command::Serve)).map_err(|failure| {
        match failure.downcast::<clap::Error>() {
            Ok(misuse) => misuse.exit(),
            Err(failure) => failure,
        }
    })
}

/// The commands that write mail.
const TELLS: [&str; 2] = ["reset-password", "disable-two-step"];

/// Hides the options that a command does not read from its help. The options of the server and of
/// the database are accepted before and after every command.
fn shown_where_read(mut command: clap::Command) -> clap::Command {
    command.build(); // hands the global options down to the subcommands
    let server: Vec<_> = Config::augment_args(clap::Command::new("server"))
        .get_arguments()
        .map(|option| option.get_id().clone())
        .filter(|id| id != "database_url")
        .collect();
    command.mut_subcommands(|command| {
        let name = command.get_name();
        let serves = ["serve", "demo"].contains(&name);
        let asks_database = !["demo", "help"].contains(&name);
        hide_all(command, &|command, id| match id.as_str() {
            "database_url" => !asks_database,
            "smtp_url" | "mail_from" | "public_url" if TELLS.contains(&command) => false,
            _ => server.contains(id) && !serves,
        })
    })
}

fn hide_all(command: clap::Command, hides: &dyn Fn(&str, &clap::Id) -> bool) -> clap::Command {
    let name = command.get_name().to_owned();
    command
        .mut_args(|option| {
            let hides = hides(&name, option.get_id());
            if hides { option.hide(true) } else { option }
        })
        .mut_subcommands(|command| hide_all(command, hides))
}

fn execute(config: Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => {
            know_all_variables()?;
            let _log = telemetry::init()?;
            for variable in padded_variables(&Cli::command()) {
                tracing::warn!(variable, "white space around its value was left out");
            }
            startup::serve(config)
        }
        Command::Demo => {
            let _log = telemetry::init()?;
            demo::run(config)
        }
        Command::Migrate => {
            know_all_variables()?;
            migrate(&config)
        }
        Command::Backup(arguments) => backup::run(&config, arguments),
        Command::Scan(arguments) => scan::run(&config, &arguments),
        Command::User(command) => user::run(&config, command),
        Command::Project(command) => project::run(&config, command),
        Command::Environment(command) => environment::run(&config, command),
        Command::Member(command) => member::run(&config, command),
        Command::Key(command) => key::run(&config, command),
        Command::Activity(arguments) => activity::run(&config, &arguments),
    }
}

/// Refuses variables that look like ours but are not. Whatever such a variable was meant to set is
/// not set, so it is wrong usage; a line in the log would be overlooked.
fn know_all_variables() -> Result<(), Failure> {
    let unknown = unknown_variables(&Cli::command());
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{}: Keyrack knows no such variable; see keyrack serve --help\n",
        unknown.join(", ")
    );
    Err(clap::Error::raw(ErrorKind::UnknownArgument, message).into())
}

/// Reports a value that an option can't have, as wrong usage. clap's own error would show the
/// value, which may be a key that was pasted.
fn misused<E: Into<Failure>>(option: &str) -> impl Fn(E) -> Failure {
    move |why| {
        clap::Error::raw(
            ErrorKind::ValueValidation,
            format!("{option}: {}\n", one_line(&*why.into())),
        )
        .into()
    }
}

/// The error as one line without control characters: file names and the messages of a database can
/// contain anything.
pub fn one_line(error: &dyn std::error::Error) -> String {
    let error = error.to_string();
    text::spelt_out(
        &error
            .split(['\n', '\r', '\t'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// The database, if its schema is up to date. Only `serve` and `migrate` create a database or
/// change its schema. If other commands did, a wrong name or folder would leave an empty database
/// behind, and a changed schema could stop an older server that is still running.
fn database(config: &Config) -> Result<CommandDb, Failure> {
    let url = &config.database_url;
    require_existing(url)?;
    let db = CommandDb::new(url, say_waiting);
    db.require_schema().map_err(|e| startup::explain(url, &e))?;
    Ok(db)
}

fn require_existing(url: &DatabaseUrl) -> Result<(), Failure> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => Err(format!(
            "there is no database {}; name it with --database-url, or make it with keyrack migrate",
            path.display()
        )
        .into()),
        DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_) => Ok(()),
    }
}

fn migrate(config: &Config) -> Result<(), Failure> {
    let url = &config.database_url;
    let db = CommandDb::new(url, say_waiting);
    db.migrate().map_err(|e| startup::explain(url, &e))?;
    let left = db.write(users::unify_addresses)?;
    for user in left {
        let text = "has the e-mail address of another account in another spelling";
        writeln!(std::io::stderr(), "keyrack: {} {text}", user.id)?;
    }
    Ok(())
}

fn say_waiting() {
    let _ = writeln!(std::io::stderr(), "keyrack: the database is busy; waiting for it");
}
