//! Load on the release binary, on this machine: `scripts/bench [KEYS] [SECONDS]`.
//!
//! Machines are noisy, so what counts is the ratio to `/healthz` in the same run: the same server, the
//! same middleware, the same log line, without the work. `wrk` makes the load; both databases are real.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "a program for developers")]

mod fill;
mod lists;
mod scan;
mod server;
mod wrk;

use server::Server;
use wrk::{Load, Measured, run, run_at_half};

const PASSWORD: &str = "plum-orbit-cable-41";
const CONNECTIONS: [u32; 2] = [8, 64];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let keys: usize = arguments.next().map_or(1_000_000, |n| n.parse().expect("KEYS is a number"));
    let seconds: u32 = arguments.next().map_or(5, |n| n.parse().expect("SECONDS is a number"));
    println!("{} keys, {seconds} s a measurement, {} cores", keys, std::thread::available_parallelism().unwrap());
    scan::measure();
    let mut databases = vec![("SQLite", None)];
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => databases.push(("PostgreSQL", Some(url))),
        Err(_) => println!("TEST_POSTGRES_URL is not set: SQLite only"),
    }
    for (name, postgres) in databases {
        let small = measure(name, postgres.as_deref(), 1_000.min(keys), seconds);
        let large = measure(name, postgres.as_deref(), keys, seconds);
        println!("\n{name}: growing from {} to {keys} keys leaves {:.2} of the ratio of good keys", 1_000.min(keys), large / small);
    }
}

/// Fills a database, measures, prints, and gives the ratio of good keys at most connections.
fn measure(name: &str, postgres: Option<&str>, keys: usize, seconds: u32) -> f64 {
    let folder = tempfile::TempDir::new().unwrap();
    let url = fill::database(folder.path(), postgres);
    let samples = fill::keys(&url, folder.path(), keys);
    // Once to migrate; the second start counts.
    drop(Server::start(&url));
    let server = Server::start(&url);
    println!("\n## {name}, {keys} keys\n\nready {:.0} ms after exec\n", server.ready.as_secs_f64() * 1e3);
    println!("| what | connections | requests/s | p50 ms | p99 ms | to /healthz | CPU ms a request | RssAnon MiB |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut ratio = 0.0;
    for connections in CONNECTIONS {
        let loads = [
            Load::Health,
            // First, because what counts of the others is written a little later.
            Load::Keys("garbage", &samples.garbage),
            Load::Keys("unknown", &samples.unknown),
            Load::Keys("good", &samples.good),
        ];
        let measured = loads.each_ref().map(|load| {
            fill::warm(&url);
            run(&server, load, connections, seconds)
        });
        let [healthz, .., good] = &measured;
        ratio = good.rate / healthz.rate;
        for (load, measured) in loads.iter().zip(&measured) {
            print(&load.name(), connections, measured, Some(measured.rate / healthz.rate));
        }
        let [health, .., keys] = &loads;
        let halves = [(health, healthz), (keys, good)].map(|(load, top)| run_at_half(&server, load, connections, seconds, top));
        for (load, half) in [health, keys].into_iter().zip(&halves) {
            print(&format!("{}, at half of that rate", load.name()), connections, half, None);
        }
        let [healthz, good] = halves;
        print_line(&format!("p99 there against /healthz: {:.1} (at most 3)", good.p99 / healthz.p99));
    }
    let cookie = server.sign_in(fill::EMAIL, PASSWORD);
    let busy = fill::calls(&url);
    let pages = [("page, 50 of 50 keys", fill::PAGE_OF_50), ("page, 50 of 10,000 keys", fill::PAGE_OF_10_000)];
    for (name, path) in pages {
        print(name, 2, &run(&server, &Load::Page(path, &cookie), 2, seconds), None);
    }
    // Before there are many projects, which each page lists.
    let lists = (keys >= fill::ENOUGH_FOR_LISTS).then(|| lists::measure(&server, &cookie, &busy, seconds));
    fill::activity_and_projects(&url, keys);
    for (name, path) in [("page, activity", fill::ACTIVITY), ("page, 1,000 projects", fill::PROJECTS)] {
        let measured = run(&server, &Load::Page(path, &cookie), 2, seconds);
        print(name, 2, &measured, None);
    }
    let measured = run(&server, &Load::SignIn(fill::EMAIL, PASSWORD), 2, seconds);
    print("sign-in", 2, &measured, None);
    if let Some(lists) = lists {
        println!("{lists}");
    }
    ratio
}

/// A line of the table with words only.
fn print_line(words: &str) {
    println!("| {words} | | | | | | | |");
}

fn print(name: &str, connections: u32, measured: &Measured, ratio: Option<f64>) {
    let Measured { rate, p50, p99, cpu, rss_anon } = measured;
    let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    println!("| {name} | {connections} | {rate:.0} | {p50:.2} | {p99:.2} | {ratio} | {cpu:.3} | {rss_anon:.1} |");
}
