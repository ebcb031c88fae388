//! `keyrack backup FILE`
//!
//! Unlike the other commands, it does not need a schema that is up to date: a backup is often made
//! just before an update.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use rand::Rng;

use super::{Failure, require_existing};
use crate::config::Config;
use crate::db::{self, DatabaseUrl};
use crate::domain::os_rng;
use crate::startup;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The copy to make; an existing file is never overwritten
    file: PathBuf,
}

pub(super) fn run(config: &Config, arguments: Arguments) -> Result<(), Failure> {
    let url = config.database_url.clone();
    let DatabaseUrl::Sqlite(_) = &url else {
        return Err("PostgreSQL has a tool of its own for this: pg_dump --format=custom --file=FILE DATABASE_URL".into());
    };
    require_existing(&url)?;
    let file = arguments.file;
    let failed = |e: io::Error| format!("can't write {}: {e}", file.display());
    if file.symlink_metadata().is_ok() {
        return Err(format!(
            "{} exists already, and a backup never overwrites a file",
            file.display()
        )
        .into());
    }
    // The copy has another name until it is complete, so a file with the requested name is always a
    // good backup.
    let partial = Partial::create(&file).map_err(failed)?;
    copy(url, partial.0.clone())?;
    File::open(&partial.0).and_then(|copy| copy.sync_all()).map_err(failed)?;
    publish(&partial.0, &file).map_err(failed)?;
    drop(partial);
    File::open(folder(&file)).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(())
}

/// Copies the database. SIGINT, SIGTERM and SIGHUP end it, and the incomplete copy is removed.
fn copy(from: DatabaseUrl, to: PathBuf) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shown = from.to_string();
    let outcome: Result<(), Failure> = runtime.block_on(async {
        let interrupted = startup::signal()?;
        let job = tokio::task::spawn_blocking(move || db::backup(&from, &to));
        tokio::select! {
            done = job => Ok(done?.map_err(|e| format!("can't copy {shown}: {e}"))?),
            () = interrupted => Err("interrupted; nothing was saved".into()),
        }
    });
    runtime.shutdown_background();
    outcome
}

/// Gives the copy its name, unless another file has got that name meanwhile.
fn publish(partial: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(partial, file) {
        // Some file systems have no hard links (FAT, some network shares). There, an empty file
        // reserves the name first.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            new_file(file)?;
            fs::rename(partial, file)
        }
        result => result,
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The mode is 0600 from the beginning, because the copy holds key digests and password hashes.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// An incomplete copy, in the folder of the final one. It is removed when dropped.
struct Partial(PathBuf);

impl Partial {
    fn create(file: &Path) -> io::Result<Self> {
        let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        let mut random = [0; 8];
        os_rng().fill_bytes(&mut random);
        let partial = Self(folder(file).join(format!(".{name}.{}.partial", hex::encode(random))));
        new_file(&partial.0)?;
        Ok(partial)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // already gone if it was renamed
    }
}
