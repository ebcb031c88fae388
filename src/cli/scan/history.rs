//! Looks for keys in the history of a git repository: in everything that its object database holds,
//! including deleted branches, commit messages and files that were only staged.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use git2::{ObjectType, Odb, Oid, Repository, Sort};
use indicatif::ProgressBar;

use super::packs::add_dependents;
use super::repository::Store;
use super::{Finding, PlaceInHistory, ScanResult, in_memory, progress};

/// The largest object that is searched, in bytes, and the largest that another object may need to
/// be read. Both are in memory as a whole.
const OBJECT_MAX: usize = 256 << 20;
/// If an object is larger than this, objects are searched one after the other, so that only one is
/// in memory.
const ALONE: usize = 16 << 20;

const TOO_LONG: &str = "all, because it takes longer than --minutes says,";

/// Searches the repository of a folder, for at most `limit`. `root` is the folder above it that the
/// command names.
pub(super) fn search(folder: &Path, root: &Path, limit: Duration) -> ScanResult {
    let searched = Store::find(folder, root).and_then(|store| {
        let end = Instant::now() + limit;
        search_store(&store, folder, end).map_err(|error| error.message().to_owned())
    });
    searched.unwrap_or_else(|why| ScanResult {
        unread: vec![format!("the history of {}: {why}", folder.display())],
        ..ScanResult::default()
    })
}

fn search_store(store: &Store, folder: &Path, end: Instant) -> Result<ScanResult, git2::Error> {
    let mut ids = Vec::new();
    store.open()?.foreach(|id| {
        ids.push(*id);
        true
    })?;
    let bar = progress(2 * ids.len(), "history", "per_sec");
    let mut search = Search { store, end, threads: threads(), unread: Vec::new(), bar };
    let heads = search.each(&ids, |odb, id| {
        let (size, kind) = odb.read_header(*id)?;
        // Trees hold only names and ids.
        Ok((kind != ObjectType::Tree || size > OBJECT_MAX).then_some((*id, size, kind)))
    })?;
    let is_large = |size: usize| size > OBJECT_MAX;
    let mut large: HashSet<Oid> =
        heads.iter().filter(|(_, size, _)| is_large(*size)).map(|(id, ..)| *id).collect();
    let is_walkable =
        heads.iter().all(|(_, size, kind)| !is_large(*size) || *kind == ObjectType::Blob);
    if !large.is_empty() {
        for objects in &store.objects {
            add_dependents(objects, &mut large)
                .map_err(|error| git2::Error::from_str(&error.to_string()))?;
        }
    }
    if heads.iter().any(|(_, size, _)| *size > ALONE) {
        search.threads = 1;
    }
    let found = search.each(&heads, |odb, (id, ..)| {
        if large.contains(id) {
            return Err(git2::Error::from_str(
                "it, or what it is read with, is larger than 256 MiB",
            ));
        }
        let object = odb.read(*id)?;
        let findings = in_memory(object.data());
        Ok((!findings.is_empty()).then(|| (*id, object.kind(), findings)))
    })?;
    search.bar.finish_and_clear();
    let blobs: HashSet<Oid> =
        found.iter().filter(|(_, kind, _)| *kind == ObjectType::Blob).map(|(id, ..)| *id).collect();
    let mut unread = search.unread;
    let introduced =
        if is_walkable { introduced(store, blobs, &mut unread, end)? } else { HashMap::new() };
    let findings = found.into_iter().flat_map(|(id, kind, findings)| {
        let (path, place) = match (introduced.get(&id), kind) {
            (Some((path, commit)), _) => {
                (folder.join(path), PlaceInHistory::Commit(commit.to_string()))
            }
            (None, ObjectType::Commit) => {
                (folder.to_owned(), PlaceInHistory::CommitMessage(id.to_string()))
            }
            (None, ObjectType::Tag) => {
                (folder.to_owned(), PlaceInHistory::TagMessage(id.to_string()))
            }
            (None, _) => (folder.to_owned(), PlaceInHistory::UnreachableObject(id.to_string())),
        };
        findings.into_iter().map(move |finding| Finding {
            path: path.clone(),
            history: Some(place.clone()),
            ..finding
        })
    });
    let unread = unread
        .into_iter()
        .map(|what| format!("{what} in the history of {}", folder.display()))
        .collect();
    Ok(ScanResult { findings: findings.collect(), unread })
}

fn short(id: Oid) -> String {
    super::short(&id.to_string())
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A search under way.
struct Search<'a> {
    store: &'a Store,
    end: Instant,
    threads: usize,
    unread: Vec<String>,
    bar: ProgressBar,
}

impl Search<'_> {
    /// Calls `work` with each object until the time is over. Each thread opens the object database
    /// itself, because libgit2's handles can't be shared.
    fn each<T: Item, U: Send>(
        &mut self,
        objects: &[T],
        work: impl Fn(&Odb<'_>, &T) -> Result<Option<U>, git2::Error> + Sync,
    ) -> Result<Vec<U>, git2::Error> {
        let (found, unread) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let next = AtomicUsize::new(0);
        let go = || -> Result<(), git2::Error> {
            let odb = self.store.open()?;
            while Instant::now() < self.end
                && let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed))
            {
                self.bar.inc(1);
                match work(&odb, object) {
                    Ok(Some(value)) => lock(&found).push(value),
                    Ok(None) => {}
                    Err(error) => {
                        let why = format!("object {}: {}", short(object.id()), error.message());
                        lock(&unread).push(why);
                    }
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads).map(|_| scope.spawn(go)).collect();
            threads.into_iter().try_for_each(|thread| {
                thread.join().unwrap_or_else(|_| Err(git2::Error::from_str("a thread panicked")))
            })
        })?;
        self.unread.extend(inner(unread));
        if next.into_inner() < objects.len() && !self.unread.iter().any(|why| why == TOO_LONG) {
            self.unread.push(TOO_LONG.to_owned());
        }
        Ok(inner(found))
    }
}

/// An object: its id alone, or with its size and type.
trait Item: Sync {
    fn id(&self) -> Oid;
}

impl Item for Oid {
    fn id(&self) -> Oid {
        *self
    }
}

impl Item for (Oid, usize, ObjectType) {
    fn id(&self) -> Oid {
        self.0
    }
}

fn inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first commit that has each of these blobs, and the path of the blob in it. Damaged objects
/// are added to `unread` and not followed.
fn introduced(
    store: &Store,
    mut blobs: HashSet<Oid>,
    unread: &mut Vec<String>,
    end: Instant,
) -> Result<HashMap<Oid, (PathBuf, Oid)>, git2::Error> {
    let mut introduced = HashMap::new();
    if blobs.is_empty() {
        return Ok(introduced);
    }
    let repository = Repository::from_odb(store.open()?)?;
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    let tips = store.tips().unwrap_or_else(|why| {
        unread.push(why);
        Vec::new()
    });
    for (name, id) in tips {
        // A tag need not lead to a commit. Only tags are peeled, because a commit peeled to any
        // type would become its tree.
        let to = repository.find_object(id, None).and_then(|tip| match tip.kind() {
            Some(ObjectType::Tag) => tip.peel(ObjectType::Any),
            _ => Ok(tip),
        });
        let pushed = to.and_then(|to| {
            if to.kind() == Some(ObjectType::Commit) { walk.push(to.id()) } else { Ok(()) }
        });
        if let Err(error) = pushed {
            unread.push(format!("{name}: {}", error.message()));
        }
    }
    let mut visited = HashSet::new();
    for commit in walk {
        if blobs.is_empty() || Instant::now() > end {
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
        if let Err(error) = visit(&repository, commit.tree_id(), &mut visited, here) {
            unread.push(format!("the files of commit {}: {}", short(commit.id()), error.message()));
        }
    }
    Ok(introduced)
}

/// Calls `here` with every blob below a tree. A tree that was visited in an older commit has
/// nothing new. There is no recursion, because a repository may be nested so deeply that the stack
/// would overflow.
fn visit(
    repository: &Repository,
    tree: Oid,
    visited: &mut HashSet<Oid>,
    mut here: impl FnMut(Oid, PathBuf),
) -> Result<(), git2::Error> {
    let mut trees = vec![(tree, PathBuf::new())];
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
