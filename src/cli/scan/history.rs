//! Keys in the history of a git repository: in everything that its object database holds, so also
//! in branches that are gone, in commit messages and in what was only staged.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use git2::{ObjectType, Odb, Oid, Repository, Sort, Tree};
use indicatif::ProgressBar;

use super::{Finding, Found, in_memory, progress};

/// Digits of a commit's id in the report, as `git log --oneline` has them.
const SHORT: usize = 10;

/// The largest object that is searched, in bytes: it is in memory as a whole.
const OBJECT_MAX: usize = 256 << 20;

pub(super) fn search(folder: &Path) -> Found {
    search_repository(folder).unwrap_or_else(|error| Found {
        unread: vec![format!("the history of {}: {}", folder.display(), error.message())],
        ..Found::default()
    })
}

fn search_repository(folder: &Path) -> Result<Found, git2::Error> {
    let repository = Repository::open(folder)?;
    let mut objects = Vec::new();
    repository.odb()?.foreach(|id| {
        objects.push(*id);
        true
    })?;
    let bar = progress(objects.len(), "history", "per_sec");
    let (found, mut unread) = search_objects(folder, &objects, &bar)?;
    bar.finish_and_clear();
    let blobs: HashSet<Oid> =
        found.iter().filter(|(_, kind, _)| *kind == ObjectType::Blob).map(|(id, ..)| *id).collect();
    let introduced = introduced(&repository, blobs, &mut unread)?;
    let findings = found.into_iter().flat_map(|(id, kind, findings)| {
        let (place, commit) = match introduced.get(&id) {
            Some((path, commit)) => (folder.join(path), format!("commit {}", short(*commit))),
            None if kind == ObjectType::Commit => {
                (folder.to_owned(), format!("the message of commit {}", short(id)))
            }
            None if kind == ObjectType::Tag => {
                (folder.to_owned(), format!("the message of tag {}", short(id)))
            }
            None => (
                folder.to_owned(),
                format!("object {}, which no branch or tag leads to", short(id)),
            ),
        };
        findings.into_iter().map(move |finding| Finding {
            path: place.clone(),
            commit: Some(commit.clone()),
            ..finding
        })
    });
    let unread = unread
        .into_iter()
        .map(|what| format!("{what} in the history of {}", folder.display()))
        .collect();
    Ok(Found { findings: findings.collect(), unread })
}

fn short(id: Oid) -> String {
    id.to_string().chars().take(SHORT).collect()
}

type Object = (Oid, ObjectType, Vec<Finding>);

/// The objects with keys in them, and what can't be read. Each thread opens the repository for
/// itself: libgit2's handles can't be shared.
fn search_objects(
    folder: &Path,
    objects: &[Oid],
    bar: &ProgressBar,
) -> Result<(Vec<Object>, Vec<String>), git2::Error> {
    let (found, unread) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let next = AtomicUsize::new(0);
    thread::scope(|threads| {
        let threads: Vec<_> = (0..thread::available_parallelism().map_or(1, usize::from))
            .map(|_| {
                threads.spawn(|| {
                    let repository = Repository::open(folder)?;
                    let odb = repository.odb()?;
                    while let Some(id) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                        bar.inc(1);
                        match search_object(&odb, *id) {
                            Ok(Some(object)) => lock(&found).push(object),
                            Ok(None) => {}
                            Err(error) => lock(&unread).push(format!(
                                "object {}: {}",
                                short(*id),
                                error.message()
                            )),
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(git2::Error::from_str("a thread panicked")))
        })
    })?;
    Ok((inner(found), inner(unread)))
}

fn search_object(odb: &Odb<'_>, id: Oid) -> Result<Option<Object>, git2::Error> {
    match odb.read_header(id)? {
        (_, ObjectType::Tree) => return Ok(None), // names and ids only
        (size, _) if size > OBJECT_MAX => {
            return Err(git2::Error::from_str("it is larger than 256 MiB"));
        }
        _ => {}
    }
    let object = odb.read(id)?;
    let findings = in_memory(object.data());
    Ok((!findings.is_empty()).then(|| (id, object.kind(), findings)))
}

fn inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first commit that has each of these blobs, and where. What is damaged leads nowhere, and is
/// told of.
fn introduced(
    repository: &Repository,
    mut blobs: HashSet<Oid>,
    unread: &mut Vec<String>,
) -> Result<HashMap<Oid, (PathBuf, Oid)>, git2::Error> {
    let mut introduced = HashMap::new();
    if blobs.is_empty() {
        return Ok(introduced);
    }
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    for reference in repository.references()? {
        let reference = reference?;
        // A tag need not lead to a commit.
        let pushed = reference.peel(ObjectType::Any).and_then(|to| {
            if to.kind() == Some(ObjectType::Commit) { walk.push(to.id()) } else { Ok(()) }
        });
        if let Err(error) = pushed {
            unread.push(format!(
                "{}: {}",
                String::from_utf8_lossy(reference.name_bytes()),
                error.message()
            ));
        }
    }
    if repository.head().is_ok() {
        walk.push_head()?; // also one that no branch has
    }
    let mut visited = HashSet::new();
    for commit in walk {
        if blobs.is_empty() {
            break;
        }
        let commit = match commit.and_then(|id| repository.find_commit(id)) {
            Ok(commit) => commit,
            Err(error) => {
                unread.push(format!("what a commit leads to: {}", error.message()));
                break; // the walk can't go on
            }
        };
        let here = |blob: Oid, path: PathBuf| {
            if blobs.remove(&blob) {
                introduced.insert(blob, (path, commit.id()));
            }
        };
        let seen = commit.tree().and_then(|tree| visit(repository, &tree, &mut visited, here));
        if let Err(error) = seen {
            unread.push(format!("the files of commit {}: {}", short(commit.id()), error.message()));
        }
    }
    Ok(introduced)
}

/// Every blob below a tree; a tree that was seen in an older commit has nothing new. (Not by
/// recursion: who made the repository chose how deep it is.)
fn visit(
    repository: &Repository,
    tree: &Tree<'_>,
    visited: &mut HashSet<Oid>,
    mut here: impl FnMut(Oid, PathBuf),
) -> Result<(), git2::Error> {
    let mut trees = vec![(tree.id(), PathBuf::new())];
    while let Some((id, folder)) = trees.pop() {
        if !visited.insert(id) {
            continue;
        }
        for entry in &repository.find_tree(id)? {
            let path = folder.join(String::from_utf8_lossy(entry.name_bytes()).as_ref());
            match entry.kind() {
                Some(ObjectType::Blob) => here(entry.id(), path),
                Some(ObjectType::Tree) => trees.push((entry.id(), path)),
                _ => {} // a submodule, which is a repository of its own
            }
        }
    }
    Ok(())
}
