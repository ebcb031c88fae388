//! Table `key_terms`: the words by which a key is found, apart from its name, mask and id.

use diesel::prelude::*;

use super::schema::key_terms;
use super::{DbConnection, EnvironmentId, KeyId, Result};

#[derive(Insertable)]
#[diesel(table_name = key_terms)]
struct NewTerm<'a> {
    environment_id: &'a EnvironmentId,
    term: &'a str,
    key_id: &'a KeyId,
}

/// Replaces the terms of a key. A term that occurs twice is stored once.
pub fn replace<'a>(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    key: &KeyId,
    terms: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    diesel::delete(key_terms::table.filter(key_terms::key_id.eq(key))).execute(connection)?;
    let terms: Vec<_> = terms
        .into_iter()
        .map(|term| NewTerm { environment_id: environment, term, key_id: key })
        .collect();
    let insert = diesel::insert_into(key_terms::table).values(&terms);
    match connection {
        _ if terms.is_empty() => 0,
        DbConnection::Sqlite(connection) => insert.execute(connection)?,
        DbConnection::Postgres(connection) => insert.execute(connection)?,
    };
    Ok(())
}
