//! `keyrack key …`: each verb has a file.

mod add;
mod edit;
mod import;
mod list;
mod one;
mod rotate;
mod show;
mod told;

use clap::Subcommand;

use super::Failure;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a key; prints the key alone, this once
    Add(add::Arguments),
    /// List keys: id, kind, environment, mask, name, state, expiry, last use, creator
    ///
    /// Fields are separated by tabs. Times are UTC; in their place stands "never", or "unknown" for
    /// the last use of a key that is older than the counting of calls.
    List(list::Arguments),
    /// Tell whose a key is: id, kind, project, environment, state, name
    ///
    /// Without an id the full key comes from standard input, or is asked for on a terminal; never as
    /// an argument, which everybody on the machine can see. A value that a rotation replaced is
    /// found as well, and deleted keys are. A key of another system may be one in several projects:
    /// then each is a line.
    Show(show::Arguments),
    /// Change the name or the note of a key
    Edit(edit::Arguments),
    /// Give a key a new value; prints the value alone, this once
    Rotate(rotate::Arguments),
    /// Pause a key: it is refused until it is resumed
    Pause(one::Arguments),
    /// Resume a paused key
    Resume(one::Arguments),
    /// Delete a key: from then on it is refused everywhere
    Delete(one::Arguments),
    /// Add keys of another system, so that nobody has to be given new ones
    ///
    /// The file is a CSV (commas, semicolons or tabs) in UTF-8 whose first line is
    /// name,kind,environment,sha256: the name of each key,
    /// publishable or secret, the name of an environment, and the SHA-256 of the key's full text in
    /// hex. The texts may have any shape of 1 to 256 visible ASCII characters. Either all keys of
    /// the file are added or none. Everything is checked first; while they are added, on SQLite
    /// nobody else can change anything. Servers that run know within two seconds.
    Import(import::Arguments),
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(arguments) => add::run(config, arguments),
        Command::List(arguments) => list::run(config, &arguments),
        Command::Show(arguments) => show::run(config, &arguments),
        Command::Edit(arguments) => edit::run(config, &arguments),
        Command::Rotate(arguments) => rotate::run(config, &arguments),
        Command::Pause(arguments) => one::pause(config, &arguments),
        Command::Resume(arguments) => one::resume(config, &arguments),
        Command::Delete(arguments) => one::delete(config, &arguments),
        Command::Import(arguments) => import::run(config, &arguments),
    }
}
