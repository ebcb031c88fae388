//! Finds the objects of packs that are stored as a delta. The object that a delta is based on has
//! to be in memory to read it (gitformat-pack(5)).

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use git2::Oid;

/// The largest index that is read, in bytes, so that memory stays within its limit.
const INDEX_MAX: u64 = 256 << 20;
const MAGIC: &[u8] = b"\xfftOc\0\0\0\x02";
const ID: usize = 20;
const OFFSET_DELTA: u8 = 6;
const ID_DELTA: u8 = 7;

/// Adds the objects that can be read only with one of `large` in memory, directly or through other
/// deltas.
pub(super) fn add_dependents(objects: &Path, large: &mut HashSet<Oid>) -> io::Result<()> {
    let mut dependents: HashMap<Oid, Vec<Oid>> = HashMap::new();
    let packs = match fs::read_dir(objects.join("pack")) {
        Ok(packs) => packs,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for file in packs {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "idx") {
            let entries = entries(&path)?;
            let pack = File::open(path.with_extension("pack"))?;
            for (offset, id) in &entries {
                if let Some(base) = base(&pack, *offset, &entries)? {
                    dependents.entry(base).or_default().push(*id);
                }
            }
        }
    }
    let mut next: Vec<Oid> = large.iter().copied().collect();
    while let Some(base) = next.pop() {
        for dependent in dependents.remove(&base).unwrap_or_default() {
            if large.insert(dependent) {
                next.push(dependent);
            }
        }
    }
    Ok(())
}

/// The objects of a pack with their offsets, ordered by offset.
fn entries(index: &Path) -> io::Result<Vec<(u64, Oid)>> {
    let bad = || io::Error::other(format!("{} can't be read", index.display()));
    if fs::metadata(index)?.len() > INDEX_MAX {
        return Err(io::Error::other(format!("{} is too large", index.display())));
    }
    let bytes = fs::read(index)?;
    let table = bytes.strip_prefix(MAGIC).ok_or_else(bad)?;
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(table.get(at..at + 4)?.try_into().ok()?))
    };
    let count = number(255 * 4).ok_or_else(bad)? as usize;
    let ids = 256 * 4;
    let offsets = ids + count * (ID + 4);
    let far = offsets + count * 4;
    let entry = |nth: usize| -> Option<(u64, Oid)> {
        let id = table.get(ids + nth * ID..ids + (nth + 1) * ID)?;
        let offset = match number(offsets + nth * 4)? {
            near if near >> 31 == 0 => u64::from(near),
            at => {
                let at = far + (at & 0x7fff_ffff) as usize * 8;
                u64::from_be_bytes(table.get(at..at + 8)?.try_into().ok()?)
            }
        };
        Some((offset, Oid::from_bytes(id).ok()?))
    };
    let entries: Option<Vec<_>> = (0..count).map(entry).collect();
    let mut entries = entries.ok_or_else(bad)?;
    entries.sort_unstable();
    Ok(entries)
}

/// The base of the object at this offset, if the object is a delta.
fn base(pack: &File, offset: u64, entries: &[(u64, Oid)]) -> io::Result<Option<Oid>> {
    let mut head = [0; 64];
    let read = pack.read_at(&mut head, offset)?;
    let mut bytes = head.iter().take(read).copied();
    let first = bytes.next().unwrap_or_default();
    let mut more = first;
    while more & 0x80 != 0 {
        more = bytes.next().unwrap_or_default(); // skips the size
    }
    Ok(match first >> 4 & 7 {
        OFFSET_DELTA => {
            let mut byte = bytes.next().unwrap_or_default();
            let mut back = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = bytes.next().unwrap_or_default();
                back = back.saturating_add(1).saturating_mul(128) | u64::from(byte & 0x7f);
            }
            let at = offset.checked_sub(back);
            let found = at.map(|at| entries.binary_search_by_key(&at, |(offset, _)| *offset));
            found.and_then(Result::ok).and_then(|nth| Some(entries.get(nth)?.1))
        }
        ID_DELTA => Oid::from_bytes(&bytes.take(ID).collect::<Vec<_>>()).ok(),
        _ => None,
    })
}
