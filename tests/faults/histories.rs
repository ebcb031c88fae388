//! Many clients create, verify and delete at random: no verify that began after a delete was answered
//! says 200, on any replica, and no acknowledged key is unknown.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::journal::{self, Journal};
use crate::support::{TestDatabase, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_verify_contradicts_what_was_answered_before_it_began_on_any_replica() {
    let seconds = super::rounds("SOAK_HISTORY_SECONDS", 4);
    let database = TestDatabase::new();
    tenant::settle(&database);
    let mut servers = Vec::new();
    for _ in 0..if database.is_postgres() { 3 } else { 1 } {
        servers.push(journal::serve(&database, journal::free_port()).await.0);
    }
    let (journal, mut load) = (Journal::default(), Vec::new());
    for (number, server) in servers.iter().enumerate() {
        load.push(journal.start(&journal::ada(server).await, 12 / servers.len(), number as u64));
    }
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    for load in load {
        load.end().await;
    }
    let mut checked = (0, 0);
    for server in &servers {
        checked = journal.check(&server.origin).await;
    }
    journal::is_whole(&database);
    let (answers, failures) = (journal.answers.load(Ordering::Relaxed), journal.failures.load(Ordering::Relaxed));
    println!("{} processes: {answers} answers, {failures} failures, {checked:?} living and deleted keys", servers.len());
    assert!(answers > 50 && checked.0 > 0 && checked.1 > 0 && failures == 0, "{answers} {checked:?} {failures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_memory_stays_flat_and_the_write_ahead_log_bounded() {
    let time = Duration::from_secs(super::rounds("SOAK_SECONDS", 6) as u64);
    let database = TestDatabase::new();
    tenant::settle(&database);
    let (server, _) = journal::serve(&database, journal::free_port()).await;
    let journal = Journal::default();
    let load = journal.start(&journal::ada(&server).await, 8, 7);
    let (begun, mut samples, mut log) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < time {
        tokio::time::sleep(time / 30).await;
        samples.push(server.memory());
        if let Some(file) = database.file() {
            log = log.max(std::fs::metadata(format!("{}-wal", file.display())).map_or(0, |file| file.len()));
        }
    }
    load.end().await;
    let (early, late) = (samples[samples.len() / 3], samples[samples.len() - 1]);
    println!(
        "{time:?}: {} answers, {} failures, RssAnon {early} KiB after a third and {late} KiB at the end (most {:?}), WAL at most {log} bytes",
        journal.answers.load(Ordering::Relaxed),
        journal.failures.load(Ordering::Relaxed),
        samples.iter().max()
    );
    assert!(late < early + 8 * 1024, "{samples:?}");
    assert!(log < 16 * 1024 * 1024, "{log}");
    assert_eq!(journal.failures.load(Ordering::Relaxed), 0);
}
