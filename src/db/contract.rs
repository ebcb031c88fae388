//! Table `contract`: what the database promises to the processes that use it.
//!
//! A release that refuses more than the one before, or revokes in a new way, raises the number in
//! its migration, by an `UPDATE` that is the migration's first statement. A process of before, which
//! would go on letting through what is refused by now, does not know the new number: it answers 503
//! and writes nothing.

use diesel::prelude::*;

use super::schema::contract;
use super::{DbConnection, Error, Result};

/// The one that this Keyrack keeps.
const NUMBER: i32 = 1;

/// The number, for a select that reads something else: so both are of one moment.
#[diesel::dsl::auto_type]
pub(super) fn number() -> _ {
    contract::table.filter(contract::id.eq(1_i32)).select(contract::number).single_value()
}

/// Refuses to go on where another contract holds.
pub(super) fn require(number: Option<i32>) -> Result<()> {
    match number {
        Some(NUMBER) => Ok(()),
        Some(other) => Err(Error::Outdated(other)),
        None => Err(Error::Unavailable("the database keeps no contract".to_owned())),
    }
}

/// [`require`], with a question of its own. The number only ever rises: what was read before this
/// was read under the same contract.
pub(super) fn check(connection: &mut DbConnection) -> Result<()> {
    require(contract::table.select(contract::number).first(connection).optional()?)
}

/// [`check`], until the end of the transaction: a migration that raises the number waits for it.
/// (On SQLite there is one writer anyway.)
pub(super) fn hold(connection: &mut DbConnection) -> Result<()> {
    match connection {
        DbConnection::Sqlite(_) => check(connection),
        DbConnection::Postgres(c) => {
            require(contract::table.select(contract::number).for_share().first(c).optional()?)
        }
    }
}
