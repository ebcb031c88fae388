//! Many clients create, verify and delete keys at random, and also projects and members, and move
//! names from one environment to another, while processes are killed and started again. After a
//! deletion was answered, no verification on any replica says 200. No acknowledged key is unknown,
//! and no key is good at an address that is not its own.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::journal::{self, Journal};
use super::places::{People, settle};
use crate::support::TestDatabase;

/// How much longer a history may go on until everything has happened.
const MORE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_verify_contradicts_what_was_answered_before_it_began_on_any_replica() {
    let time = Duration::from_secs(super::rounds("SOAK_HISTORY_SECONDS", 4) as u64);
    let database = TestDatabase::new();
    settle(&database);
    let (journal, mut dice, mut servers, mut load) =
        (Journal::default(), super::dice(4), Vec::new(), Vec::new());
    let replicas = if database.is_postgres() { 3 } else { 1 };
    for number in 0..replicas {
        let port = journal::free_port();
        let (server, _) = journal::serve(&database, port).await;
        let people = People::at(&server).await;
        journal.open(&people).await.unwrap();
        load.push(journal.start(&people, 12 / replicas, number as u64));
        servers.push((port, server));
    }
    let (begun, mut kills, mut checked) = (Instant::now(), 0, (0, 0));
    // On a slow machine, the history goes on until each kind of event has happened, because it
    // proves nothing otherwise. Servers then run longer and longer before they are killed, because
    // one that is killed while it starts answers nobody.
    let mut life = 1;
    let count = |counter: &std::sync::atomic::AtomicUsize| counter.load(Ordering::Relaxed);
    let seen = |(_, deleted): (usize, usize)| {
        deleted > 0
            && count(&journal.ended) > 0
            && count(&journal.answers) > 50
            && journal.names.seen.all()
    };
    while begun.elapsed() < time || (begun.elapsed() < time + MORE && !seen(checked)) {
        tokio::time::sleep(life * Duration::from_millis(dice.random_range(200..800))).await;
        life *= if begun.elapsed() < time { 1 } else { 2 };
        let (port, server) = &mut servers[dice.random_range(0..replicas)];
        server.kill();
        (*server, _) = journal::serve(&database, *port).await;
        kills += 1;
        let (living, deleted) = journal.check(&server.origin).await;
        checked = (checked.0 + living, checked.1 + deleted);
        journal.forget_first(living + deleted);
    }
    for load in load {
        load.end().await;
    }
    for (_, server) in &servers {
        let (living, deleted) = journal.check(&server.origin).await;
        checked = (checked.0 + living, checked.1 + deleted);
    }
    journal::is_whole(&database);
    let [answers, lost, ended] =
        [&journal.answers, &journal.failures, &journal.ended].map(|counter| count(counter));
    println!(
        "{replicas} processes, killed {kills} times in {time:?}: {answers} answers, {lost} lost; checked {} living and {} deleted keys; \
         {ended} environments, projects and members deleted; {:?}",
        checked.0, checked.1, journal.names.seen
    );
    assert!(seen(checked) && checked.0 > 0 && kills > 0, "nothing of some kind happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_memory_stays_flat_and_the_write_ahead_log_bounded() {
    let time = Duration::from_secs(super::rounds("SOAK_SECONDS", 6) as u64);
    let database = TestDatabase::new();
    settle(&database);
    let (server, _) = journal::serve(&database, journal::free_port()).await;
    let (journal, people) = (Journal::default(), People::at(&server).await);
    journal.open(&people).await.unwrap();
    let load = journal.start(&people, 8, 7);
    let (begun, mut samples, mut log) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < time {
        tokio::time::sleep(time / 30).await;
        samples.push(server.memory());
        if let Some(file) = database.file() {
            log = log.max(
                std::fs::metadata(format!("{}-wal", file.display())).map_or(0, |file| file.len()),
            );
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
    journal::is_whole(&database);
    let said = server.stderr.lock().unwrap();
    assert_eq!(
        journal.failures.load(Ordering::Relaxed),
        0,
        "{:#?}; the server said: {said}",
        journal.first_failures()
    );
}
