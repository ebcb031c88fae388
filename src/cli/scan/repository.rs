//! Reads a git repository as files. Its configuration is not read, because that may include files
//! that never end. Nothing outside the folders that the command names is read either.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use git2::{Odb, Oid};
use walkdir::WalkDir;

/// More bytes than the `packed-refs` of a large repository has.
const LARGE: u64 = 64 << 20;

/// Where a repository has its objects and references (gitrepository-layout(5)).
pub(super) struct Store {
    /// The folder with `HEAD`. A worktree or a submodule has one of its own.
    git: PathBuf,
    /// The folder with `refs`.
    common: PathBuf,
    /// The object folders: its own first, then those of its alternates.
    pub(super) objects: Vec<PathBuf>,
}

impl Store {
    /// Finds the repository of `folder`. `root` is the folder that the command names: objects
    /// outside it are an error.
    pub(super) fn find(folder: &Path, root: &Path) -> Result<Self, String> {
        let dot = folder.join(".git");
        let git = match text(&dot)? {
            Some(pointer) => match pointer.trim().strip_prefix("gitdir: ") {
                Some(elsewhere) => folder.join(elsewhere),
                None => return Err(format!("{} does not say where it is", dot.display())),
            },
            None if dot.is_dir() => dot,
            None => folder.to_owned(),
        };
        let common = text(&git.join("commondir"))?.map_or(git.clone(), |to| git.join(to.trim()));
        let own = common.join("objects");
        let mut objects = vec![own.clone()];
        for alternate in alternates(&own)? {
            let inside = root.canonicalize().is_ok_and(|root| {
                alternate.canonicalize().is_ok_and(|alternate| alternate.starts_with(root))
            });
            if !inside || !alternates(&alternate)?.is_empty() {
                return Err(format!(
                    "some of its objects are elsewhere, in {}: name a folder that has both",
                    alternate.display()
                ));
            }
            objects.push(alternate);
        }
        objects.iter().try_for_each(|folder| only_files(folder))?;
        Ok(Self { git, common, objects })
    }

    /// Opens the object database. Each thread needs a handle of its own.
    pub(super) fn open(&self) -> Result<Odb<'static>, git2::Error> {
        let odb = Odb::new()?;
        let own = self.objects.first().and_then(|own| own.to_str());
        odb.add_disk_alternate(own.ok_or_else(|| git2::Error::from_str("it is not UTF-8"))?)?;
        Ok(odb)
    }

    /// The objects that branches, tags and `HEAD` point to, each with the name of the reference.
    pub(super) fn tips(&self) -> Result<Vec<(String, Oid)>, String> {
        let mut tips = Vec::new();
        let mut add = |name: String, id: &str| {
            if let (40, Ok(id)) = (id.len(), Oid::from_str(id)) {
                tips.push((name, id));
            }
        };
        for entry in WalkDir::new(self.common.join("refs")).into_iter().flatten() {
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(&self.common).unwrap_or(entry.path());
                let id = text(entry.path())?.unwrap_or_default();
                add(name.to_string_lossy().into_owned(), id.trim());
            }
        }
        for line in text(&self.common.join("packed-refs"))?.unwrap_or_default().lines() {
            if let Some((id, name)) = line.split_once(' ') {
                add(name.to_owned(), id);
            }
        }
        let head = text(&self.git.join("HEAD"))?.unwrap_or_default();
        add("HEAD".to_owned(), head.trim());
        Ok(tips)
    }
}

/// The text of a file. `None` if there is no such file.
fn text(path: &Path) -> Result<Option<String>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(None),
        Ok(found) if !found.is_file() => return Err(no_file(path)),
        Ok(found) if found.len() > LARGE => return Err(format!("{} is too large", path.display())),
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGE).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn alternates(objects: &Path) -> Result<Vec<PathBuf>, String> {
    let text = text(&objects.join("info/alternates"))?.unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| objects.join(line)).collect())
}

/// Refuses anything but files and folders. A pipe in the place of an object would be read for ever.
fn only_files(objects: &Path) -> Result<(), String> {
    for entry in WalkDir::new(objects).into_iter().flatten() {
        let kind = entry.file_type();
        let leads_to_one =
            || fs::metadata(entry.path()).is_ok_and(|to| to.is_file() || to.is_dir());
        if !kind.is_file() && !kind.is_dir() && !leads_to_one() {
            return Err(no_file(entry.path()));
        }
    }
    Ok(())
}

fn no_file(path: &Path) -> String {
    format!("{} is neither a file nor a folder", path.display())
}
