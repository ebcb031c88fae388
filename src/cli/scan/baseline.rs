//! The baseline: a file with the SHA-256 of each key that is known already. The keys can't be
//! worked out from it.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use super::super::Failure;
use super::Finding;

const HEAD: &str = "# Keys that keyrack scan passes over: the SHA-256 of each, and its mask.\n";

pub(super) fn read(file: &Path) -> Result<HashSet<[u8; 32]>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            let mut digest = [0; 32];
            let digits = line.split_whitespace().next().unwrap_or_default();
            hex::decode_to_slice(digits, &mut digest)
                .map(|()| digest)
                .map_err(|_| format!("{}:{number}: no SHA-256 of a key", file.display()).into())
        })
        .collect()
}

pub(super) fn write(file: &Path, findings: &[Finding]) -> Result<(), Failure> {
    let masks: BTreeMap<_, _> = findings.iter().map(|f| (f.digest, &f.mask)).collect();
    let mut text = HEAD.to_owned();
    for (digest, mask) in masks {
        writeln!(text, "{} {mask}", hex::encode(digest))?;
    }
    Ok(std::fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))?)
}
