//! `keyrack key add`

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, value_parser};
use serde::Serialize;

use super::super::operator::Operator;
use super::super::output::{print, print_json};
use super::super::{Failure, find, misused};
use super::told::Told;
use crate::config::Config;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{
    self, CreateError, Created, Expiry, ExpiryError, KeyName, Kind, Narrowed, NewKey,
};
use crate::domain::limits::{RATE_MAX, RateLimit};
use crate::domain::usage::LastUsed;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
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
    #[arg(long, value_name = "N", value_parser = rate())]
    rate: Option<u32>,
    /// Requests that may come at once; as many as --rate by default
    #[arg(long, value_name = "M", requires = "rate", value_parser = rate())]
    burst: Option<u32>,
    /// Narrow it to an operation on a resource, like posts:read, posts:* or *:list
    /// (repeatable); needs a gateway that is a --trusted-proxy or --trusted-gateway of
    /// the server
    #[arg(
        long = "scope",
        value_name = "RESOURCE:OPERATION",
        value_parser = NonEmptyStringValueParser::new()
    )]
    scopes: Vec<String>,
    /// Secret keys only: where it may be used from (repeatable)
    #[arg(
        long,
        value_name = "ADDRESS or CIDR",
        value_parser = NonEmptyStringValueParser::new()
    )]
    from: Vec<String>,
    /// When it expires: a number of days like 30d, or a date like 2027-01-31 (its end, in UTC)
    #[arg(long, value_name = "DAYS or DATE")]
    expires: Option<Expiry>,
    /// Print a JSON object with the key, its id and more
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn rate() -> clap::builder::RangedI64ValueParser<u32> {
    value_parser!(u32).range(1..=i64::from(RATE_MAX))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArgument {
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

pub(super) fn run(config: &Config, arguments: Arguments) -> Result<(), Failure> {
    let Arguments { project, environment, rate, burst, json, operator, .. } = &arguments;
    let new = new_key(&arguments, rate.map(|rate| RateLimit::new(rate, *burst)).transpose()?)?;
    let created = operator.change(config, |connection, act| {
        let project = find::project(connection, project)?;
        let environment = find::environment(connection, &project, environment)?;
        let created = api_keys::create(connection, act, &environment, &new);
        created.map_err(|error| match error {
            CreateError::Expiry(past @ ExpiryError::Past) => misused("--expires")(past),
            CreateError::Name(is_key) => misused("--name")(is_key),
            error => error.into(),
        })
    })?;
    reveal(&created, environment, *json).map_err(|e| {
        format!(
            "the key was added, but could not be printed ({e}): nobody knows it, so keyrack key delete {}",
            created.key.id
        )
        .into()
    })
}

fn new_key(arguments: &Arguments, limit: Option<RateLimit>) -> Result<NewKey, Failure> {
    let Arguments { kind, name, scopes, from, expires, .. } = arguments;
    let kind = (*kind).into();
    let narrowed = Narrowed {
        scopes: Scopes::parse(&scopes.join(" ")).map_err(misused("--scope"))?,
        addresses: AddressRanges::parse(&from.join(" ")).map_err(misused("--from"))?,
        limit,
    };
    if kind == Kind::Publishable && narrowed.addresses.is_some() {
        return Err(misused("--from")(
            "it is for secret keys: publishable ones are used from everywhere",
        ));
    }
    let name = KeyName::parse(name).map_err(misused("--name"))?;
    Ok(NewKey { kind, name, form_token: None, narrowed, expiry: *expires })
}

/// The JSON of a key together with its new value.
#[derive(Serialize)]
struct Revealed<'a> {
    /// The value.
    key: &'a str,
    #[serde(flatten)]
    told: Told<'a>,
}

/// Prints the value of a key: alone, or as JSON with the rest of the key.
pub(super) fn reveal(created: &Created, environment: &str, json: bool) -> Result<(), Failure> {
    let Created { key, secret } = created;
    if !json {
        return print(secret.expose());
    }
    let told = Told::of(key, environment, None, LastUsed::NotYet, key.created_at);
    print_json(&Revealed { key: secret.expose(), told })
}
