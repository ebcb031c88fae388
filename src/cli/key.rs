//! `keyrack key …`

mod import;
mod show;

use chrono::{NaiveDateTime, SecondsFormat};
use clap::builder::NonEmptyStringValueParser;
use clap::{Subcommand, ValueEnum, value_parser};
use serde::Serialize;

use super::{Failure, database, misused, print};
use crate::config::Config;
use crate::db::DbConnection;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{
    self, ApiKey, CreateError, Deletion, Expiry, ExpiryError, KeyName, Kind, Narrowed, NewKey,
};
use crate::domain::environments::{self, Environment};
use crate::domain::limits::{RATE_MAX, RateLimit};
use crate::domain::projects::{self, Project, Slug};
use crate::domain::{Act, Actor, Clock, os_rng};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a key; prints the key alone, this once
    Add {
        /// Slug of the project
        #[arg(long, value_name = "SLUG")]
        project: String,
        /// Name of the environment
        #[arg(long, value_name = "NAME")]
        environment: String,
        /// What it may be used for
        #[arg(long)]
        kind: KindArgument,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Requests a second that it may be used for; no limit by default
        #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=i64::from(RATE_MAX)))]
        rate: Option<u32>,
        /// Requests that may come at once; as many as --rate by default
        #[arg(long, value_name = "M", requires = "rate", value_parser = value_parser!(u32).range(1..=i64::from(RATE_MAX)))]
        burst: Option<u32>,
        /// Narrow it to an operation on a resource, like posts:read, posts:* or *:list
        /// (repeatable); needs a gateway that is a --trusted-proxy or --trusted-gateway of
        /// the server
        #[arg(long = "scope", value_name = "RESOURCE:OPERATION", value_parser = NonEmptyStringValueParser::new())]
        scopes: Vec<String>,
        /// Secret keys only: where it may be used from (repeatable)
        #[arg(long, value_name = "ADDRESS or CIDR", value_parser = NonEmptyStringValueParser::new())]
        from: Vec<String>,
        /// When it expires: a number of days like 30d, or a date like 2027-01-31 (its end, in UTC)
        #[arg(long, value_name = "DAYS or DATE")]
        expires: Option<Expiry>,
    },
    /// List keys: id, kind, environment, mask, name
    List {
        /// Slug of the project
        #[arg(long, value_name = "SLUG")]
        project: String,
        /// Name of the environment; all of them by default
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
        /// Print a JSON array, which tells more
        #[arg(long)]
        json: bool,
    },
    /// Tell whose a full key is: id, kind, project, environment, state, name
    ///
    /// The key comes from standard input, or is asked for on a terminal; never as an argument, which
    /// everybody on the machine can see. A value that a rotation replaced is found as well, and
    /// deleted keys are. A key of another system may be one in several projects: then each is a line.
    Show(show::Arguments),
    /// Delete a key: from then on it is refused everywhere
    Delete {
        /// Id of the key, key_…
        #[arg(long, value_name = "KEY_ID")]
        id: String,
    },
    /// Pause a key: it is refused until it is resumed
    Pause {
        /// Id of the key, key_…
        #[arg(long, value_name = "KEY_ID")]
        id: String,
    },
    /// Resume a paused key
    Resume {
        /// Id of the key, key_…
        #[arg(long, value_name = "KEY_ID")]
        id: String,
    },
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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KindArgument {
    Publishable,
    Secret,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Publishable => Self::Publishable,
            KindArgument::Secret => Self::Secret,
        }
    }
}

/// A key of `keyrack key list --json`. Fields are added, none is removed.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    kind: &'a str,
    environment: &'a str,
    mask: &'a str,
    name: &'a str,
    /// RFC 3339, as all times.
    created_at: String,
    /// Null: never.
    expires_at: Option<String>,
    paused: bool,
    leaked: bool,
    /// What limits it can't be read, so that it is refused.
    damaged: bool,
    /// Null: not narrowed.
    scopes: Option<Vec<String>>,
    /// Null: good from everywhere.
    addresses: Option<Vec<String>>,
    /// Null: as often as one likes.
    rate: Option<RateLimit>,
}

impl<'a> Listed<'a> {
    fn of((key, environment): &'a (ApiKey, String)) -> Self {
        let time = |at: NaiveDateTime| at.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true);
        let narrowed = key.narrowed.read().read();
        let words = |list: &str| list.split(' ').map(str::to_owned).collect();
        Self {
            id: key.id.as_str(),
            kind: key.kind.as_str(),
            environment,
            mask: &key.mask,
            name: &key.name,
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            paused: key.paused_at.is_some(),
            leaked: key.leaked_at.is_some(),
            damaged: narrowed.is_none(),
            scopes: narrowed.as_ref().and_then(|n| Some(words(n.scopes.as_ref()?.as_str()))),
            addresses: narrowed.as_ref().and_then(|n| Some(words(n.addresses.as_ref()?.as_str()))),
            rate: narrowed.and_then(|narrowed| narrowed.limit),
        }
    }
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            project,
            environment,
            kind,
            name,
            rate,
            burst,
            scopes,
            from,
            expires: expiry,
        } => {
            let kind = kind.into();
            let narrowed = Narrowed {
                scopes: Scopes::parse(&scopes.join(" ")).map_err(misused("--scope"))?,
                addresses: AddressRanges::parse(&from.join(" ")).map_err(misused("--from"))?,
                limit: rate.map(|rate| RateLimit::new(rate, burst)).transpose()?,
            };
            if kind == Kind::Publishable && narrowed.addresses.is_some() {
                return Err(misused("--from")(
                    "it is for secret keys: publishable ones are used from everywhere",
                ));
            }
            let new = NewKey {
                kind,
                name: KeyName::parse(&name).map_err(misused("--name"))?,
                form_token: None,
                narrowed,
                expiry,
            };
            let created = database(config)?.write(|connection| -> Result<_, Failure> {
                let project = find_project(connection, &project)?;
                let environment = find_environment(connection, &project, &environment)?;
                let now = Clock::default().now();
                let created = api_keys::create(
                    connection,
                    &mut Act::new(&Actor::CommandLine, now, &mut os_rng()),
                    &environment,
                    &new,
                );
                created.map_err(|error| match error {
                    CreateError::Expiry(past @ ExpiryError::Past) => misused("--expires")(past),
                    error => error.into(),
                })
            })?;
            print(created.secret.expose()).map_err(|e| {
                format!("the key was added, but could not be printed ({e}): nobody knows it, so keyrack key delete --id {}", created.key.id)
            })?;
        }
        Command::List { project, environment, json } => {
            let keys = database(config)?.read(|connection| -> Result<_, Failure> {
                let project = find_project(connection, &project)?;
                let environment = match &environment {
                    Some(name) => Some(find_environment(connection, &project, name)?.id),
                    None => None,
                };
                Ok(api_keys::list_of_project(connection, &project.id, environment.as_ref())?)
            })?;
            let listed = keys.iter().map(Listed::of);
            if json {
                print(serde_json::to_string_pretty(&listed.collect::<Vec<_>>())?)?;
            } else {
                for Listed { id, kind, environment, mask, name, .. } in listed {
                    print(format_args!("{id}\t{kind}\t{environment}\t{mask}\t{name}"))?;
                }
            }
        }
        Command::Delete { id } => by_id(config, &id, |connection, id| {
            let (key, environment) = api_keys::find_anywhere(connection, id)?.ok_or(NO_KEY)?;
            match api_keys::delete(
                connection,
                &mut Act::new(&Actor::CommandLine, Clock::default().now(), &mut os_rng()),
                &environment,
                key,
            )? {
                Deletion::Deleted(_) | Deletion::Already { .. } => Ok(()),
            }
        })?,
        Command::Pause { id } => by_id(config, &id, |connection, id| {
            let (_, environment) = api_keys::find_anywhere(connection, id)?.ok_or(NO_KEY)?;
            api_keys::pause(
                connection,
                &mut Act::new(&Actor::CommandLine, Clock::default().now(), &mut os_rng()),
                &environment,
                id,
            )?;
            Ok(())
        })?,
        Command::Resume { id } => by_id(config, &id, |connection, id| {
            let (_, environment) = api_keys::find_anywhere(connection, id)?.ok_or(NO_KEY)?;
            api_keys::resume(
                connection,
                &mut Act::new(&Actor::CommandLine, Clock::default().now(), &mut os_rng()),
                &environment,
                id,
                None,
            )?;
            Ok(())
        })?,
        Command::Show(arguments) => show::run(config, &arguments)?,
        Command::Import(arguments) => import::run(config, &arguments)?,
    }
    Ok(())
}

const NO_KEY: &str = "there is no key with this id";

/// Does something to the key with this id.
fn by_id(
    config: &Config,
    id: &str,
    work: impl FnOnce(&mut DbConnection, &api_keys::Id) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let id = api_keys::Id::parse(id)
        .ok_or("a key's id is key_ and 32 digits of 0-9 a-f")
        .map_err(misused("--id"))?;
    database(config)?.write(|connection| work(connection, &id))
}

fn find_project(connection: &mut DbConnection, slug: &str) -> Result<Project, Failure> {
    let found = match Slug::parse(slug) {
        Ok(slug) => projects::find(connection, slug.as_str())?,
        Err(_) => None,
    };
    found.ok_or_else(|| format!("there is no project '{slug}'").into())
}

fn find_environment(
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
