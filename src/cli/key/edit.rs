//! `keyrack key edit`

use clap::{Args, value_parser};

use super::super::operator::Operator;
use super::super::{Failure, misused};
use super::one::{Which, find};
use crate::config::Config;
use crate::domain::access_rules::{AddressRanges, Scopes};
use crate::domain::api_keys::{self, Change, Expiry, KeyName, Note, Restriction, Set};
use crate::domain::limits::{RATE_MAX, RateLimit};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// What people call it from now on
    #[arg(long)]
    name: Option<String>,
    /// What it is for, and who to ask; an empty text removes the note
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Narrow it to these scopes instead of those that it has (repeatable); an empty text removes
    /// them
    #[arg(long = "scope", value_name = "RESOURCE:OPERATION")]
    scopes: Option<Vec<String>>,
    /// Secret keys only: where it may be used from, instead of what it has (repeatable); an empty
    /// text is everywhere
    #[arg(long, value_name = "ADDRESS or CIDR")]
    from: Option<Vec<String>>,
    /// Requests a second that it may be used for; 0 for no limit
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(..=i64::from(RATE_MAX)))]
    rate: Option<u32>,
    /// Requests that may come at once; as many as --rate by default
    #[arg(long, value_name = "M", requires = "rate", value_parser = super::add::rate())]
    burst: Option<u32>,
    /// When it expires: days from now like 30d, a date like 2027-01-31, or never
    #[arg(long, value_name = "DAYS, DATE or never")]
    expires: Option<String>,
    #[command(flatten)]
    operator: Operator,
}

impl Arguments {
    /// What narrows it from now on. `None`: nothing of that was given.
    fn restriction(&self) -> Result<Option<Restriction>, Failure> {
        let Self { scopes, from, rate, burst, expires, .. } = self;
        if scopes.is_none() && from.is_none() && rate.is_none() && expires.is_none() {
            return Ok(None);
        }
        Ok(Some(Restriction {
            scopes: match scopes {
                Some(scopes) => {
                    Set::To(Scopes::parse(&scopes.join(" ")).map_err(misused("--scope"))?)
                }
                None => Set::Keep,
            },
            addresses: match from {
                Some(from) => {
                    Set::To(AddressRanges::parse(&from.join(" ")).map_err(misused("--from"))?)
                }
                None => Set::Keep,
            },
            limit: match rate {
                None => Set::Keep,
                Some(0) => Set::To(None),
                Some(rate) => Set::To(Some(RateLimit::new(*rate, *burst)?)),
            },
            expiry: match expires.as_deref() {
                None => Set::Keep,
                Some("never") => Set::To(None),
                Some(text) => Set::To(Some(text.parse::<Expiry>().map_err(misused("--expires"))?)),
            },
            seen: None,
        }))
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    let name = arguments.name.as_deref().map(KeyName::parse).transpose();
    let name = name.map_err(misused("--name"))?;
    let note = arguments.note.as_deref().map(Note::parse).transpose();
    let note = note.map_err(misused("--note"))?;
    let restriction = arguments.restriction()?;
    if name.is_none() && note.is_none() && restriction.is_none() {
        return Err(misused("key edit")("say what to change, like --name or --expires"));
    }
    arguments.operator.change(config, |connection, act| {
        let (_, environment) = find(connection, &id)?;
        let change = Change { name, note, seen: None };
        api_keys::describe(connection, act, &environment, &id, &change)?;
        if let Some(restriction) = &restriction {
            api_keys::restrict(connection, act, &environment, &id, restriction)?;
        }
        Ok(())
    })
}
