//! Table `settings`: values that all processes on one database share, by name.

use diesel::prelude::*;

use super::schema::settings;
use super::transaction::savepoint;
use super::{DbConnection, Error, Result};

/// The value of a setting. The first caller stores its value, and all later callers get that one.
pub fn get_or_insert(connection: &mut DbConnection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    if let Some(found) = get(connection, name)? {
        return Ok(found);
    }
    let inserted = savepoint(connection, |connection| {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .execute(connection)
    });
    match inserted {
        Ok(_) => Ok(value.to_owned()),
        Err(Error::Conflict(_)) => get(connection, name)?
            .ok_or_else(|| Error::Unavailable("the setting is being made".to_owned())),
        Err(error) => Err(error),
    }
}

/// Gives a setting a value.
pub fn set(connection: &mut DbConnection, name: &str, value: &[u8]) -> Result<()> {
    get_or_insert(connection, name, value)?;
    diesel::update(settings::table.find(name))
        .set(settings::value.eq(value))
        .execute(connection)?;
    Ok(())
}

/// The value of a setting, if it has one.
pub fn get(connection: &mut DbConnection, name: &str) -> Result<Option<Vec<u8>>> {
    Ok(settings::table.find(name).select(settings::value).first(connection).optional()?)
}
