//! What there is to search: files with their sizes, and repositories.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

pub(super) struct Walked {
    /// With their sizes, in bytes.
    pub(super) files: Vec<(PathBuf, u64)>,
    /// Each with the folder that was named and that it is in.
    pub(super) repositories: Vec<(PathBuf, PathBuf)>,
    pub(super) unread: Vec<String>,
}

/// Everything below the paths. Links below them are not followed: they lead out, or to what is
/// found anyway.
pub(super) fn walk(paths: &[PathBuf], history: bool) -> Walked {
    let mut walked = Walked { files: Vec::new(), repositories: Vec::new(), unread: Vec::new() };
    for root in paths {
        let mut entries = WalkDir::new(root).into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root).display().to_string();
                    walked.unread.push(
                        error.io_error().map_or(error.to_string(), |why| format!("{path}: {why}")),
                    );
                    continue;
                }
            };
            // One that was named is searched wherever it leads.
            let named =
                if entry.depth() == 0 { std::fs::metadata(entry.path()).ok() } else { None };
            let kind = named.as_ref().map_or(entry.file_type(), std::fs::Metadata::file_type);
            if entry.depth() == 0 && !kind.is_file() && !kind.is_dir() {
                // A pipe or a device that was named: passed over without a word it would seem to be
                // clean.
                walked
                    .unread
                    .push(format!("{}: it is neither a file nor a folder", entry.path().display()));
            }
            let is_git = kind.is_dir() && is_git_folder(entry.path());
            if history
                && (is_git || (kind.is_file() || kind.is_symlink()) && entry.file_name() == ".git")
            {
                // A file or a link .git stands in a worktree or submodule and says where the rest
                // is.
                let folder = if entry.file_name() == ".git" { entry.path().parent() } else { None };
                let folder = folder.unwrap_or(entry.path()).to_owned();
                walked.repositories.push((folder, root.clone()));
            }
            if kind.is_dir() && holds_objects(entry.path()) || is_git && !history {
                // Objects are compressed: nothing can be found in them as they are.
                entries.skip_current_dir();
            } else if kind.is_file() {
                let size =
                    named.or_else(|| entry.metadata().ok()).map_or(0, |metadata| metadata.len());
                walked.files.push((entry.into_path(), size));
            }
        }
    }
    walked
}

/// A folder in `objects` that has nothing but objects in it (gitrepository-layout(5)).
fn holds_objects(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let objects =
        path.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "objects"));
    (name == "pack" || name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit()))
        && objects.and_then(Path::parent).is_some_and(is_git_folder)
}

/// As git itself tells one (gitrepository-layout(5)).
fn is_git_folder(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir()
}
