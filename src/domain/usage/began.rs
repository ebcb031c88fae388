//! When the counting of calls began. About the time before, nothing is known.

use chrono::NaiveDateTime;

use crate::db::{DbConnection, Result, settings};

/// The name of the setting.
const SETTING: &str = "usage_began";
const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.6f";

/// Notes when counting begins, unless it has begun already.
pub fn begin(connection: &mut DbConnection, now: NaiveDateTime) -> Result<()> {
    settings::get_or_insert(connection, SETTING, now.format(FORMAT).to_string().as_bytes())?;
    Ok(())
}

/// When counting began, if it has.
pub fn began(connection: &mut DbConnection) -> Result<Option<NaiveDateTime>> {
    let stored = settings::get(connection, SETTING)?;
    Ok(stored.and_then(|stored| {
        NaiveDateTime::parse_from_str(std::str::from_utf8(&stored).ok()?, FORMAT).ok()
    }))
}
