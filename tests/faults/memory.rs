//! Reads the memory of a process, as it would be in a core dump (proc(5)).

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// What was found, and where: `[heap]`, `[stack]`, or the addresses of a mapping without a name.
pub(super) fn search(pid: u32, needles: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    // All of it is read before any of it is searched: that takes a while, and requests come and go.
    for (name, bytes) in copy(pid) {
        for (what, at) in hits(&bytes, needles) {
            let around = &bytes[at.saturating_sub(24)..(at + 48).min(bytes.len())];
            let around: String = around
                .iter()
                .map(|&b| if b.is_ascii_graphic() { b as char } else { '.' })
                .collect();
            found.push(format!("{what} in {name}: {around}"));
        }
    }
    found
}

fn copy(pid: u32) -> Vec<(String, Vec<u8>)> {
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut mappings = Vec::new();
    for line in fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        // Only memory that the process can write to may hold secrets.
        if !rights.starts_with("rw") {
            continue;
        }
        let name = words.nth(3).unwrap_or(range).to_owned();
        let (from, to) = range.split_once('-').unwrap();
        let (from, to) =
            (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // The mapping may be gone by now.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            mappings.push((name, bytes));
        }
    }
    mappings
}

/// Where each needle is, in one pass over the bytes.
pub(super) fn hits<'a>(bytes: &[u8], needles: &'a [(String, String)]) -> Vec<(&'a str, usize)> {
    let mut starts = [false; 256];
    for (_, needle) in needles {
        starts[usize::from(needle.as_bytes()[0])] = true;
    }
    let mut found = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        if starts[usize::from(byte)] {
            found.extend(
                needles
                    .iter()
                    .filter(|(_, needle)| bytes[at..].starts_with(needle.as_bytes()))
                    .map(|(what, _)| (what.as_str(), at)),
            );
        }
    }
    found
}
