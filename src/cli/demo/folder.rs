//! The folder with the database of a demo. A demo that is killed leaves its folder behind. The next
//! demo sees from its lock that nobody uses it any more, because the system releases a lock when
//! its process ends.

use std::fs::{self, DirBuilder};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rand::Rng;
use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};

use super::super::Failure;
use crate::domain::os_rng;

const NAME: &str = "keyrack-demo-";
const TRIES: usize = 5;

/// A new folder that no other user can read. It is removed with its content when dropped.
pub(super) struct Folder {
    path: PathBuf,
    _lock: OwnedFd,
}

impl Folder {
    pub(super) fn create() -> Result<Self, Failure> {
        let failed = |path: &Path, why: &dyn std::fmt::Display| {
            Failure::from(format!("can't make the folder {}: {why}", path.display()))
        };
        for _ in 0..TRIES {
            let mut random = [0; 8];
            os_rng().fill_bytes(&mut random);
            let path = std::env::temp_dir().join(format!("{NAME}{}", hex::encode(random)));
            // This fails if anything has that name already, so an existing folder is never used.
            DirBuilder::new().mode(0o700).create(&path).map_err(|e| failed(&path, &e))?;
            // Another demo that starts at the same moment may take the new folder for an abandoned
            // one and remove it.
            if let Some(lock) = lock(&path)
                && path.is_dir()
            {
                return Ok(Self { path, _lock: lock });
            }
            let _ = fs::remove_dir(&path);
        }
        Err(failed(&std::env::temp_dir(), &"it can't be locked"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path); // there is nobody to report it to
    }
}

/// Removes the folders of demos that were killed. What can't be removed stays.
pub(super) fn remove_former() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(is_name)
            && entry.metadata().is_ok_and(|folder| {
                folder.is_dir() && folder.uid() == rustix::process::geteuid().as_raw()
            });
        if is_ours && let Some(_lock) = lock(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_name(name: &str) -> bool {
    let digits = name.strip_prefix(NAME);
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Locks a folder, unless another process has the lock.
fn lock(folder: &Path) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(CWD, folder, flags, Mode::empty()).ok()?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(folder)
}
