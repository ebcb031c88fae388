//! Table `contract`: what the database promises to the processes that use it.
//!
//! A release that refuses more than the one before, or revokes keys in a new way, raises the number
//! in its migration, by an `UPDATE` that is the first statement of the migration. A process of the
//! former release would go on to let through what is refused now. It does not know the new number,
//! so it answers 503 and writes nothing.

use diesel::prelude::*;

use super::schema::contract;
use super::{DbConnection, Error, Result};

/// The contract that this version of Keyrack keeps.
const NUMBER: i32 = 1;

/// The number, as a column of a select that reads something else, so that both are of the same
/// moment.
#[diesel::dsl::auto_type]
pub(super) fn number() -> _ {
    contract::table.filter(contract::id.eq(1_i32)).select(contract::number).single_value()
}

/// Returns an error if the number is not the one that this version keeps.
pub(super) fn require(number: Option<i32>) -> Result<()> {
    match number {
        Some(NUMBER) => Ok(()),
        Some(other) => Err(Error::Outdated(other)),
        None => Err(Error::Unavailable("the database keeps no contract".to_owned())),
    }
}

/// [`require`] with a query of its own. The number only ever rises, so what was read before this
/// call was read under the same contract.
pub(super) fn check(connection: &mut DbConnection) -> Result<()> {
    require(contract::table.select(contract::number).first(connection).optional()?)
}

/// [`check`] that holds until the end of the transaction: a migration that raises the number waits
/// for it. (SQLite has only one writer anyway.)
pub(super) fn hold(connection: &mut DbConnection) -> Result<()> {
    match connection {
        DbConnection::Sqlite(_) => check(connection),
        DbConnection::Postgres(c) => {
            require(contract::table.select(contract::number).for_share().first(c).optional()?)
        }
    }
}
