//! Prints results: as lines with tabs between the fields, or as JSON.

use std::io::Write;

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;

use super::Failure;

/// Prints one line of the result. `println!` would panic if standard output is closed.
pub(super) fn print(line: impl std::fmt::Display) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

pub(super) fn print_fields(fields: &[&str]) -> Result<(), Failure> {
    print(fields.join("\t"))
}

pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(serde_json::to_string_pretty(value)?)
}

/// RFC 3339, in UTC.
pub(super) fn time(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}
