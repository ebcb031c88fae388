//! Looks for keys in files of any size, text or binary. They are read in parts, by as many threads
//! as there are cores.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indicatif::ProgressBar;

use super::{Finding, ScanResult, finding, progress};
use crate::domain::api_keys::{self, KEY_LEN, Sighting};

/// The number of bytes that are read at once. They fit into the processor's cache.
const PART: usize = 256 * 1024;

pub(super) fn search(files: &[(PathBuf, u64)]) -> ScanResult {
    let bytes = files.iter().map(|(_, size)| usize::try_from(*size).unwrap_or(usize::MAX)).sum();
    let bar = progress(bytes, "files", "bytes_per_sec");
    let found = Mutex::new(ScanResult::default());
    let next = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                let mut buffer = vec![0; PART + KEY_LEN];
                let mut mine = ScanResult::default();
                while let Some((path, _)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match search_file(path, &mut buffer, &bar) {
                        Ok(findings) => mine.findings.extend(findings),
                        Err(error) => mine.unread.push(format!("{}: {error}", path.display())),
                    }
                }
                if let Ok(mut found) = found.lock() {
                    found.join(mine);
                }
            });
        }
    });
    bar.finish_and_clear();
    found.into_inner().unwrap_or_default()
}

fn search_file(path: &Path, buffer: &mut [u8], bar: &ProgressBar) -> io::Result<Vec<Finding>> {
    let mut file = File::open(path)?;
    let mut sightings = Vec::new();
    // The last bytes of a part may be the beginning of a key, so they are kept and searched again
    // before the next part.
    let (mut kept, mut before) = (0, 0);
    loop {
        let read = match file.read(&mut buffer[kept..]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        bar.inc(u64::try_from(read).unwrap_or(0));
        let end = kept + read;
        let part = &buffer[..end];
        sightings.extend(
            api_keys::scan(part)
                .into_iter()
                .map(|sighting| Sighting { offset: before + sighting.offset, ..sighting }),
        );
        let keep = end.min(KEY_LEN - 1);
        buffer.copy_within(end - keep..end, 0);
        before += end - keep;
        kept = keep;
    }
    if sightings.is_empty() { Ok(Vec::new()) } else { with_lines(path, sightings, buffer) }
}

fn is_excused(file: &File, offset: usize) -> io::Result<bool> {
    let from = offset.saturating_sub(AROUND);
    let mut around = vec![0; offset - from + AROUND];
    let read = file.read_at(&mut around, u64::try_from(from).unwrap_or(u64::MAX))?;
    Ok(super::is_excused(&around[..read], offset - from))
}

/// How many bytes before and after a key are searched for [`super::EXCUSE`], at most.
const AROUND: usize = 4 * 1024;

/// Adds the line numbers. For that, a file with findings is read a second time, so that lines need
/// not be counted in all the others.
fn with_lines(
    path: &Path,
    sightings: Vec<Sighting>,
    buffer: &mut [u8],
) -> io::Result<Vec<Finding>> {
    let mut file = File::open(path)?;
    let (mut line, mut position) = (1, 0);
    let mut findings = Vec::new();
    for sighting in sightings {
        while position < sighting.offset {
            let want = buffer.len().min(sighting.offset - position);
            let read = file.read(&mut buffer[..want])?;
            if read == 0 {
                break; // the file has become shorter
            }
            line += memchr::memchr_iter(b'\n', &buffer[..read]).count();
            position += read;
        }
        if !is_excused(&file, sighting.offset)? {
            findings.push(finding(path.to_owned(), line, sighting));
        }
    }
    Ok(findings)
}
