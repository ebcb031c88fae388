//! Compares `keyrack scan` with ripgrep and the same pattern, on plain files in the page cache,
//! each on one core.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FILES: usize = 64;
const FILE: usize = 16 * 1024 * 1024;

pub fn measure() {
    let folder = tempfile::TempDir::new().unwrap();
    // The files repeat the sources of this crate: they have prose, code and names like `task_` in
    // natural proportions.
    let text: String = walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let file = text.repeat(FILE / text.len() + 1);
    for nth in 0..FILES {
        fs::write(folder.path().join(format!("{nth}.rs")), &file).unwrap();
    }
    let bytes = (file.len() * FILES) as f64;
    let keyrack = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/keyrack");
    let scan = time(folder.path(), &[keyrack, "scan", "."]);
    println!("\n## keyrack scan, {:.0} MB in {FILES} files, one core\n", bytes / 1e6);
    println!("keyrack scan: {:.0} MB/s", bytes / 1e6 / scan.as_secs_f64());
    match time_if_there(
        folder.path(),
        &["rg", "-uuu", "-a", "-c", "-j1", "[ps]k_[0-9a-f]{64}", "."],
    ) {
        Some(rg) => {
            let ratio = rg.as_secs_f64() / scan.as_secs_f64();
            println!(
                "ripgrep: {:.0} MB/s; keyrack scan to ripgrep: {ratio:.2}",
                bytes / 1e6 / rg.as_secs_f64()
            );
        }
        None => println!("ripgrep is not here: no ratio"),
    }
}

fn time_if_there(folder: &Path, command: &[&str]) -> Option<Duration> {
    Command::new(command[0]).arg("--version").stdout(Stdio::null()).status().ok()?;
    Some(time(folder, command))
}

/// The best time of three, on one core.
fn time(folder: &Path, command: &[&str]) -> Duration {
    let once = || {
        let started = Instant::now();
        Command::new("taskset")
            .args(["-c", "0"])
            .args(command)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        started.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}
