//! Copies of an SQLite database that are kept beside it before its schema is changed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::backup::backup;
use super::connection::folder_of;
use super::url::DatabaseUrl;

const KEPT: usize = 2;
/// `keyrack.db.before-19` is a copy of `keyrack.db` before migration 19.
const BEFORE: &str = ".before-";

/// Keeps a copy of everything that is committed, and removes all copies but the newest.
pub(super) fn keep(database: &Path, number: u32) -> Result<(), String> {
    let copy = with(database, &format!("{BEFORE}{number}"));
    // The copy has another name until it is complete.
    let partial = with(&copy, ".partial");
    let made = fs::remove_file(&partial)
        .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        .and_then(|()| new_file(&partial))
        .map_err(|e| e.to_string())
        .and_then(|()| {
            backup(&DatabaseUrl::Sqlite(database.to_owned()), &partial).map_err(|e| e.to_string())
        })
        .and_then(|()| publish(&partial, &copy).map_err(|e| e.to_string()));
    if let Err(error) = made {
        let _ = fs::remove_file(&partial);
        return Err(format!("can't keep a copy of it as {}: {error}", copy.display()));
    }
    for old in copies(database).into_iter().skip(KEPT) {
        // If this fails, there is one copy too many, which does no harm.
        let _ = fs::remove_file(old);
    }
    Ok(())
}

/// Creates the file with mode 0600 from the start, because it will have keys' digests and password
/// hashes in it.
fn new_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

fn publish(partial: &Path, copy: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, copy)?;
    File::open(folder_of(copy))?.sync_all()
}

/// The copies that exist, the newest first.
fn copies(database: &Path) -> Vec<PathBuf> {
    let name = with(Path::new(database.file_name().unwrap_or_default()), BEFORE);
    let number = |file: &OsString| -> Option<u32> {
        file.to_str()?.strip_prefix(name.to_str()?)?.parse().ok()
    };
    let entries = fs::read_dir(folder_of(database)).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> =
        entries.filter_map(|e| Some((number(&e.file_name())?, e.path()))).collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
