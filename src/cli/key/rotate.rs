//! `keyrack key rotate`

use clap::{Args, ValueEnum};

use super::super::Failure;
use super::super::operator::Operator;
use super::add::reveal;
use super::one::{Which, find};
use crate::config::Config;
use crate::domain::api_keys::{self, FormToken, Overlap, RotateError, Rotation};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// How long the former value works on; 24h by default, and none for a key that leaked
    #[arg(long)]
    overlap: Option<OverlapArgument>,
    /// Print a JSON object with the value, the key's id and more
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OverlapArgument {
    None,
    #[value(name = "1h")]
    Hour,
    #[value(name = "24h")]
    Day,
    #[value(name = "7d")]
    Week,
}

impl From<OverlapArgument> for Overlap {
    fn from(overlap: OverlapArgument) -> Self {
        match overlap {
            OverlapArgument::None => Self::None,
            OverlapArgument::Hour => Self::Hour,
            OverlapArgument::Day => Self::Day,
            OverlapArgument::Week => Self::Week,
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let id = arguments.which.id()?;
    let (created, environment) = arguments.operator.change(config, |connection, act| {
        let (key, environment) = find(connection, &id)?;
        let overlap = arguments.overlap.map_or_else(|| Overlap::proposed(&key), Overlap::from);
        let rotation = Rotation {
            form_token: FormToken::new(act.rng()),
            rotations: api_keys::rotations(connection, &id)?,
            overlap,
        };
        match api_keys::rotate(connection, act, &environment, &id, &rotation) {
            Ok((created, _)) => Ok((created, environment)),
            Err(RotateError::Paused) if key.leaked_at.is_some() => Err(
                "the key is paused because it leaked: its former value can't work on, use --overlap none"
                    .into(),
            ),
            Err(error) => Err(error.into()),
        }
    })?;
    reveal(&created, &environment.name, arguments.json).map_err(|e| {
        format!(
            "the key was rotated, but its new value could not be printed ({e}): nobody knows it, so \
             rotate {id} once more"
        )
        .into()
    })
}
