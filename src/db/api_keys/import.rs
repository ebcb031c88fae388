//! Importing many keys at once.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{api_keys, rotated_secrets};
use crate::db::{DbConnection, EnvironmentId, KeyId, Kind, ProjectId, Result, UserId};

/// A row to insert. An imported key has fewer columns than a `NewApiKey`.
#[derive(Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct ImportedKey<'a> {
    /// `key_…`
    pub id: KeyId,
    pub environment_id: &'a EnvironmentId,
    pub project_id: &'a ProjectId,
    /// What it may be used for.
    pub kind: Kind,
    pub name: String,
    /// The name as it is compared; unique among the living keys of an environment and kind.
    pub name_folded: String,
    /// `sk_imported••••3f9a`
    pub mask: String,
    /// SHA-256 of the full text; unique in the project.
    pub digest: &'a [u8],
    pub created_at: NaiveDateTime,
    /// `None`: the command line.
    pub created_by: Option<&'a UserId>,
    /// When the key expires, UTC. It is refused from then on.
    pub expires_at: Option<NaiveDateTime>,
}

/// Which of these digests belong to a key of the project already: as its current value, as one that
/// a rotation replaced, or to a deleted key. Keys of other projects are left out.
pub fn known_digests(
    connection: &mut DbConnection,
    project: &ProjectId,
    digests: &[&[u8]],
) -> Result<HashSet<Vec<u8>>> {
    let current = api_keys::table
        .filter(api_keys::digest.eq_any(digests).and(api_keys::project_id.eq(project)))
        .select(api_keys::digest)
        .load(connection)?;
    let former = rotated_secrets::table
        .filter(rotated_secrets::digest.eq_any(digests))
        .filter(rotated_secrets::project_id.eq(project))
        .select(rotated_secrets::digest)
        .load(connection)?;
    Ok(current.into_iter().chain(former).collect())
}

/// Which of these folded names living keys of the environment and kind have already.
pub fn known_names(
    connection: &mut DbConnection,
    environment: &EnvironmentId,
    kind: Kind,
    names_folded: &[&str],
) -> Result<HashSet<String>> {
    let living = api_keys::table
        .filter(api_keys::environment_id.eq(environment).and(api_keys::deleted_at.is_null()));
    let named =
        living.filter(api_keys::kind.eq(kind).and(api_keys::name_folded.eq_any(names_folded)));
    let names: Vec<String> = named.select(api_keys::name_folded).load(connection)?;
    Ok(names.into_iter().collect())
}

/// Adds keys.
///
/// The databases differ here: PostgreSQL takes all rows in one stream, because the round trips cost
/// most. SQLite takes one row after the other, because it then keeps the prepared statement.
pub fn insert_all(connection: &mut DbConnection, keys: &[ImportedKey<'_>]) -> Result<()> {
    match connection {
        DbConnection::Sqlite(connection) => {
            for key in keys {
                diesel::insert_into(api_keys::table).values(key).execute(connection)?;
            }
        }
        DbConnection::Postgres(connection) => {
            diesel::copy_from(api_keys::table).from_insertable(keys).execute(connection)?;
        }
    }
    Ok(())
}

/// Whether the current value of any key in the project is also one that a rotation replaced.
pub fn any_replaced(connection: &mut DbConnection, project: &ProjectId) -> Result<bool> {
    let both = rotated_secrets::table
        .inner_join(api_keys::table.on(api_keys::digest.eq(rotated_secrets::digest)))
        .filter(api_keys::project_id.eq(project).and(rotated_secrets::project_id.eq(project)));
    Ok(both.select(api_keys::id).first::<KeyId>(connection).optional()?.is_some())
}

/// The mask of the value with this digest, if it is or was a value of one of the project's keys.
pub fn mask_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    digest: &[u8],
) -> Result<Option<String>> {
    let current = api_keys::table
        .filter(api_keys::digest.eq(digest).and(api_keys::project_id.eq(project)))
        .select(api_keys::mask)
        .first(connection)
        .optional()?;
    match current {
        Some(mask) => Ok(Some(mask)),
        None => Ok(rotated_secrets::table
            .filter(rotated_secrets::digest.eq(digest))
            .filter(rotated_secrets::project_id.eq(project))
            .select(rotated_secrets::mask)
            .first(connection)
            .optional()?),
    }
}

/// Whether any key of the project, living or deleted, has a folded name that begins like this.
pub fn has_name_like(
    connection: &mut DbConnection,
    project: &ProjectId,
    name_folded: &str,
) -> Result<bool> {
    let to = format!("{name_folded}\u{10ffff}");
    let named = api_keys::table
        .filter(api_keys::project_id.eq(project))
        .filter(api_keys::name_folded.ge(name_folded).and(api_keys::name_folded.lt(to)));
    Ok(named.select(api_keys::id).first::<KeyId>(connection).optional()?.is_some())
}
