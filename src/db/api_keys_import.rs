//! Table `api_keys`, third part: many keys at once.

use std::collections::HashSet;

use diesel::prelude::*;

use super::api_keys::NewApiKey;
use super::schema::{api_keys, rotated_secrets};
use super::{DbConnection, EnvironmentId, Kind, Result};

/// Those of these digests that are a key's already, living, deleted or replaced by a rotation.
pub fn known_digests(connection: &mut DbConnection, digests: &[&[u8]]) -> Result<HashSet<Vec<u8>>> {
    let current = api_keys::table.filter(api_keys::digest.eq_any(digests)).select(api_keys::digest).load(connection)?;
    let former = rotated_secrets::table.filter(rotated_secrets::digest.eq_any(digests)).select(rotated_secrets::digest).load(connection)?;
    Ok(current.into_iter().chain(former).collect())
}

/// Those of these folded names that living keys of these environments have.
pub fn known_names(
    connection: &mut DbConnection,
    environments: &[&EnvironmentId],
    names_folded: &[&str],
) -> Result<HashSet<(EnvironmentId, Kind, String)>> {
    let living = api_keys::table.filter(api_keys::environment_id.eq_any(environments).and(api_keys::deleted_at.is_null()));
    // The kinds are named so that the index on living names is of use.
    let named = living.filter(api_keys::kind.eq_any(Kind::ALL).and(api_keys::name_folded.eq_any(names_folded)));
    let names: Vec<_> = named.select((api_keys::environment_id, api_keys::kind, api_keys::name_folded)).load(connection)?;
    Ok(names.into_iter().collect())
}

/// Adds keys, as many as a statement can hold.
pub fn insert_all(connection: &mut DbConnection, keys: &[NewApiKey<'_>]) -> Result<()> {
    let insert = diesel::insert_into(api_keys::table).values(keys);
    match connection {
        DbConnection::Sqlite(connection) => insert.execute(connection)?,
        DbConnection::Postgres(connection) => insert.execute(connection)?,
    };
    Ok(())
}

/// The mask of the key with this digest.
pub fn mask_of(connection: &mut DbConnection, digest: &[u8]) -> Result<Option<String>> {
    Ok(api_keys::table.filter(api_keys::digest.eq(digest)).select(api_keys::mask).first(connection).optional()?)
}
