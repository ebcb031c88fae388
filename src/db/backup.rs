//! Copying an SQLite database while it is in use.

use std::path::Path;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use super::connection::{DbConnection, Manager, Use};
use super::{DatabaseUrl, Error, Result};

/// Writes everything that was committed before this call to `to`, which must be an empty file.
///
/// `VACUUM INTO` reads in one transaction, so the copy is of one moment, and under WAL it blocks
/// neither writers nor readers. It does not sync the copy to the disk
/// (sqlite.org/lang_vacuum.html), so the caller has to. The schema is copied unchanged, so that a
/// database can be saved before an update.
pub fn backup(from: &DatabaseUrl, to: &Path) -> Result<()> {
    let name =
        to.to_str().ok_or_else(|| Error::Unavailable("the file name is not UTF-8".to_owned()))?;
    match Manager::patient(from).to(Use::Copy).open()?.connection {
        DbConnection::Sqlite(mut c) => {
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut c)?
        }
        DbConnection::Postgres(_) => {
            return Err(Error::Unavailable("PostgreSQL is not copied by Keyrack".to_owned()));
        }
    };
    Ok(())
}
