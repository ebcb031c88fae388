//! The server is killed at random moments under load: what was acknowledged is done, and nothing is
//! half done.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::journal::{self, Journal};
use super::places::{People, settle};
use crate::support::{Postgres, TestDatabase, keyrack, tenant};

const CLIENTS: usize = 8;
/// The number of rounds on one database, so that a round costs the same however many there are.
const ROUNDS: usize = 100;

/// Prints how long it took to be ready again. `scripts/soak` requires 300 ms of the release binary.
/// A debug build beside the other tests gets more.
fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!(
        "{what}: {} times, p50 {:?}, p99 {:?}, slowest {:?}",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
    let bar = if std::env::var_os("KEYRACK_TEST_BINARY").is_some() { 300 } else { 3000 };
    assert!(at(50) < Duration::from_millis(bar), "{what}: {times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged() {
    let rounds = super::rounds("SOAK_KILLS", 8);
    let (mut dice, journal) = (super::dice(1), Journal::default());
    let (mut ready, mut sum) = (Vec::new(), (0, 0));
    for begun in (0..rounds).step_by(ROUNDS) {
        let (database, port) = (TestDatabase::new(), journal::free_port());
        settle(&database);
        journal.move_on();
        let (mut server, _) = journal::serve(&database, port).await;
        let people = People::at(&server).await;
        journal.open(&people).await.unwrap();
        for round in begun..rounds.min(begun + ROUNDS) {
            let load = journal.start(&people, CLIENTS, round as u64);
            tokio::time::sleep(Duration::from_millis(dice.random_range(5..200))).await;
            server.kill();
            load.end().await;
            let (next, time) = journal::serve(&database, port).await;
            (server, _) = (next, ready.push(time));
            let (living, deleted) = journal.check(&server.origin).await;
            sum = (sum.0 + living, sum.1 + deleted);
            journal::is_whole(&database);
            if round % 10 == 9 {
                journal.forget();
            }
        }
    }
    println!(
        "{rounds} kills: {} answers, {} lost; checked {} living and {} deleted keys; {} environments, projects and members deleted",
        load(&journal.answers),
        load(&journal.failures),
        sum.0,
        sum.1,
        load(&journal.ended)
    );
    assert!(rounds < 5 || sum.0 > 0);
    report("from exec to ready", ready);
}

fn load(counter: &std::sync::atomic::AtomicUsize) -> usize {
    counter.load(std::sync::atomic::Ordering::Relaxed)
}

#[tokio::test]
async fn a_command_that_is_killed_has_made_the_key_that_it_printed() {
    let rounds = super::rounds("SOAK_COMMANDS", 12);
    let database = TestDatabase::new();
    tenant::settle(&database);
    let (mut dice, journal, mut printed) = (super::dice(2), Journal::default(), 0);
    for round in 0..rounds {
        let name = format!("cli-{round}");
        let mut child = keyrack(database.folder.path())
            .args([
                "key",
                "add",
                "--project",
                "my-blog",
                "--environment",
                "dev",
                "--kind",
                "secret",
                "--name",
                &name,
            ])
            .args(["--database-url", database.url()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(dice.random_range(1..60))).await;
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        if output.stdout.ends_with(b"\n") {
            journal.note(String::from_utf8(output.stdout).unwrap().trim(), &name);
            printed += 1;
        }
        journal::is_whole(&database);
    }
    let (server, _) = journal::serve(&database, journal::free_port()).await;
    journal.check(&server.origin).await;
    println!("{rounds} commands killed, {printed} of them had printed their key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_killed_under_load_loses_nothing_that_was_acknowledged() {
    let Some(postgres) = Postgres::started("") else { return };
    let (kills, restarts) =
        (super::rounds("SOAK_POSTGRES_KILLS", 3), super::rounds("SOAK_POSTGRES_RESTARTS", 1));
    let database = postgres.database();
    settle(&database);
    let (mut dice, journal, mut back, mut sum) =
        (super::dice(3), Journal::default(), Vec::new(), (0, 0));
    let (server, _) = journal::serve(&database, journal::free_port()).await;
    let people = People::at(&server).await;
    journal.open(&people).await.unwrap();
    for round in 0..kills + restarts {
        let load = journal.start(&people, CLIENTS, round as u64);
        tokio::time::sleep(Duration::from_millis(dice.random_range(20..400))).await;
        match round {
            round if round >= kills => postgres.stop(),
            round if round % 2 == 0 => postgres.kill(),
            _ => postgres.kill_a_backend(),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        load.end().await;
        postgres.ensure_started();
        let begun = Instant::now();
        while reqwest::get(format!("{}/readyz", server.origin)).await.unwrap().status() != 200 {
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "not ready after {:?}",
                begun.elapsed()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        back.push(begun.elapsed());
        let (living, deleted) = journal.check(&server.origin).await;
        sum = (sum.0 + living, sum.1 + deleted);
        journal::is_whole(&database);
        if round % 10 == 9 {
            journal.forget();
        }
    }
    println!(
        "{kills} kills and {restarts} restarts of PostgreSQL: {} answers, {} failures; checked {} living and {} deleted keys",
        load(&journal.answers),
        load(&journal.failures),
        sum.0,
        sum.1
    );
    report("from PostgreSQL's return to ready", back);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
