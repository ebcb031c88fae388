//! Finds out to whom a key belongs, for people who found a full key.

use super::import::any_imported;
use super::secret::{Digest, Malformed};
use super::{KeyWithValue, scan};
use crate::db::{DbConnection, ProjectId, Result, api_keys};

/// The keys of all projects that have or had the value `text`: for the command line.
pub fn whose(
    connection: &mut DbConnection,
    text: &str,
) -> Result<std::result::Result<Vec<KeyWithValue>, Malformed>> {
    let digest = match Digest::of_presented(text.as_bytes()) {
        Ok(digest) => digest,
        // Once keys of another system were imported, any text may be a key.
        Err(malformed) if !any_imported(connection)? => return Ok(Err(malformed)),
        Err(malformed) => match Digest::of_imported(text.as_bytes()) {
            Some(digest) => digest,
            None => return Ok(Err(malformed.once_imported())),
        },
    };
    api_keys::digest::with_digest(connection, digest.bytes(), None).map(Ok)
}

/// The key of a project that has, or had, a value that occurs in `text`. Its page tells the rest,
/// so keys of a deleted environment, which has no pages, are left out.
pub fn find_pasted(
    connection: &mut DbConnection,
    project: &ProjectId,
    text: &str,
) -> Result<Option<KeyWithValue>> {
    let text = text.trim().as_bytes();
    let digest = match scan(text).into_iter().next() {
        Some(sighting) => sighting.digest,
        None => match Digest::of_imported(text) {
            Some(digest) if any_imported(connection)? => digest,
            Some(_) | None => return Ok(None),
        },
    };
    let found = api_keys::digest::with_digest(connection, digest.bytes(), Some(project))?;
    Ok(found.into_iter().find(|found| found.environment.deleted_at.is_none()))
}
