//! Measures the release binary under load, on this machine: `scripts/bench [KEYS] [SECONDS]`.
//!
//! Machines are noisy, so what counts is the ratio to `/healthz` in the same run: it has the same
//! server, middleware and log line, but no work. `wrk` makes the load, and both databases are real.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a program for developers"
)]

mod fill;
mod lists;
mod scan;
mod server;
mod wrk;

use fill::Samples;
use server::Server;
use wrk::{Load, Measured, run, run_at_half};

const PASSWORD: &str = "plum-orbit-cable-41";
const CONNECTIONS: [u32; 2] = [8, 64];
/// How often two things that are compared are measured in turn, for the median. A single
/// measurement may be a third off when other guests of the machine are busy.
const TURNS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let keys: usize = arguments.next().map_or(1_000_000, |n| n.parse().expect("KEYS is a number"));
    let seconds: u32 = arguments.next().map_or(5, |n| n.parse().expect("SECONDS is a number"));
    println!(
        "{} keys, {seconds} s a measurement, {} cores",
        keys,
        std::thread::available_parallelism().unwrap()
    );
    scan::measure();
    let mut databases = vec![("SQLite", None)];
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => databases.push(("PostgreSQL", Some(url))),
        Err(_) => println!("TEST_POSTGRES_URL is not set: SQLite only"),
    }
    for (name, postgres) in databases {
        let [small, large] = [("small", 1_000.min(keys)), ("large", keys)].map(|(size, keys)| {
            let folder = tempfile::TempDir::new().unwrap();
            let url = fill::database(folder.path(), postgres.as_deref(), size);
            let samples = fill::keys(&url, folder.path(), keys);
            // The first start migrates, so only the second one is measured.
            drop(Server::start(&url));
            let filled =
                Filled { keys, server: Server::start(&url), url, samples, _folder: folder };
            measure_verify(name, &filled, seconds);
            filled
        });
        measure_growth(name, &small, &large, seconds);
        // This comes last, because it expires and pauses some of the good keys.
        for filled in [small, large] {
            measure_pages(name, &filled, seconds);
        }
    }
}

/// A server, and the number of keys in its database.
struct Filled {
    keys: usize,
    server: Server,
    url: String,
    samples: Samples,
    _folder: tempfile::TempDir,
}

/// Prints which share of the rate of good keys the large database keeps, with the most connections.
/// Both servers run and are measured in turn.
fn measure_growth(name: &str, small: &Filled, large: &Filled, seconds: u32) {
    let [.., connections] = CONNECTIONS;
    let rate = |filled: &Filled| {
        fill::warm(&filled.url);
        run(&filled.server, &Load::Keys("good", &filled.samples.good), connections, seconds).rate
    };
    let left = median((0..TURNS).map(|_| rate(large) / rate(small)).collect(), |&left| left);
    println!(
        "\n{name}: growing from {} to {} keys leaves {left:.2} of the rate of good keys",
        small.keys, large.keys
    );
}

/// The median by a figure.
fn median<T>(mut all: Vec<T>, by: impl Fn(&T) -> f64) -> T {
    all.sort_by(|a, b| by(a).total_cmp(&by(b)));
    all.swap_remove(all.len() / 2)
}

/// Prints how verification compares to `/healthz`.
fn measure_verify(name: &str, Filled { keys, server, url, samples, .. }: &Filled, seconds: u32) {
    println!(
        "\n## {name}, {keys} keys\n\nready {:.0} ms after exec",
        server.ready.as_secs_f64() * 1e3
    );
    print_head();
    for connections in CONNECTIONS {
        let loads = [
            Load::Health,
            // Garbage comes first, because the counts of the others are written a little later.
            Load::Keys("garbage", &samples.garbage),
            Load::Keys("unknown", &samples.unknown),
            Load::Keys("good", &samples.good),
        ];
        let mut measured = [const { Vec::new() }; 4];
        for _ in 0..TURNS {
            let mut healthz = None;
            for (load, measured) in loads.iter().zip(&mut measured) {
                fill::warm(url);
                let now = run(server, load, connections, seconds);
                let ratio = now.rate / *healthz.get_or_insert(now.rate);
                measured.push((now, ratio));
            }
        }
        let measured = measured.map(|all| median(all, |(_, ratio)| *ratio));
        for (load, (measured, ratio)) in loads.iter().zip(&measured) {
            print(&load.name(), connections, measured, Some(*ratio));
        }
        let [(healthz, _), .., (good, _)] = &measured;
        let [health, .., keys] = &loads;
        let halves = [(health, healthz), (keys, good)]
            .map(|(load, top)| run_at_half(server, load, connections, seconds, top));
        for (load, half) in [health, keys].into_iter().zip(&halves) {
            print(&format!("{}, at half of that rate", load.name()), connections, half, None);
        }
        let [healthz, good] = halves;
        print_line(&format!(
            "p99 there against /healthz: {:.1} (at most 3)",
            good.p99 / healthz.p99
        ));
    }
}

/// Prints what pages and the sign-in cost.
fn measure_pages(name: &str, Filled { keys, server, url, .. }: &Filled, seconds: u32) {
    println!("\n## {name}, {keys} keys: pages");
    print_head();
    let cookie = server.sign_in(fill::EMAIL, PASSWORD);
    let busy = fill::calls(url);
    let pages = [
        ("page, 50 of 50 keys", fill::PAGE_OF_50),
        ("page, 50 of 10,000 keys", fill::PAGE_OF_10_000),
    ];
    for (name, path) in pages {
        print(name, 2, &run(server, &Load::Page(path, &cookie), 2, seconds), None);
    }
    // The lists are measured before there are many projects, because each page lists them.
    let lists =
        (*keys >= fill::ENOUGH_FOR_LISTS).then(|| lists::measure(server, &cookie, &busy, seconds));
    fill::activity_and_projects(url, *keys);
    for (name, path) in
        [("page, activity", fill::ACTIVITY), ("page, 1,000 projects", fill::PROJECTS)]
    {
        let measured = run(server, &Load::Page(path, &cookie), 2, seconds);
        print(name, 2, &measured, None);
    }
    let measured = run(server, &Load::SignIn(fill::EMAIL, PASSWORD), 2, seconds);
    print("sign-in", 2, &measured, None);
    if let Some(lists) = lists {
        println!("{lists}");
    }
}

fn print_head() {
    println!(
        "\n| what | connections | requests/s | p50 ms | p99 ms | to /healthz | CPU ms a request | RssAnon MiB |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
}

/// Prints a line of the table that has only words.
fn print_line(words: &str) {
    println!("| {words} | | | | | | | |");
}

fn print(name: &str, connections: u32, measured: &Measured, ratio: Option<f64>) {
    let Measured { rate, p50, p99, cpu, rss_anon } = measured;
    let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    println!(
        "| {name} | {connections} | {rate:.0} | {p50:.2} | {p99:.2} | {ratio} | {cpu:.3} | {rss_anon:.1} |"
    );
}
