//! Finds what there is to search: files with their sizes, and repositories.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

pub(super) struct Walked {
    /// The files, with their sizes in bytes.
    pub(super) files: Vec<(PathBuf, u64)>,
    /// The repositories, each with the folder in the command that it was found in.
    pub(super) repositories: Vec<(PathBuf, PathBuf)>,
    pub(super) unread: Vec<String>,
}

/// Walks through everything below the paths. Links below them are not followed: they lead outside,
/// or to something that is found anyway.
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
            // A path in the command is searched even if it is a link.
            let named =
                if entry.depth() == 0 { std::fs::metadata(entry.path()).ok() } else { None };
            let kind = named.as_ref().map_or(entry.file_type(), std::fs::Metadata::file_type);
            if entry.depth() == 0 && !kind.is_file() && !kind.is_dir() {
                // The command names a pipe or a device. If it were skipped silently, it would seem
                // to be clean.
                walked
                    .unread
                    .push(format!("{}: it is neither a file nor a folder", entry.path().display()));
            }
            let is_git = kind.is_dir() && is_git_folder(entry.path());
            if history
                && (is_git || (kind.is_file() || kind.is_symlink()) && entry.file_name() == ".git")
            {
                // In a worktree or a submodule, `.git` is a file or a link that says where the rest
                // is.
                let folder = if entry.file_name() == ".git" { entry.path().parent() } else { None };
                let folder = folder.unwrap_or(entry.path()).to_owned();
                walked.repositories.push((folder, root.clone()));
            }
            if kind.is_dir() && holds_objects(entry.path()) || is_git && !history {
                // Objects are compressed, so no key can be found in the files themselves.
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

/// Whether this is a folder in `objects` that holds only objects (gitrepository-layout(5)).
fn holds_objects(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let objects =
        path.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "objects"));
    (name == "pack" || name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit()))
        && objects.and_then(Path::parent).is_some_and(is_git_folder)
}

/// Whether this is the folder of a git repository, by the same signs that git looks for
/// (gitrepository-layout(5)).
fn is_git_folder(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir()
}
