//! Many of the worst clients at once: good clients must not notice them. `scripts/abuse` runs the
//! same with a thousand of each for a minute, and prints what it measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::{Anonymous, PASSWORD, Process, Raw, TestDatabase};

const SECOND: Duration = Duration::from_secs(1);
/// Ten seconds, and some more for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(13);
/// Each of these sends its first bytes and then one more from time to time.
const SLOW: &[(&str, &str, &str)] = &[
    ("idle connections", "", ""),
    ("slow heads", "GET /v1/verify/my-blog/dev HTTP/1.1\r\nHost: x\r\n", "X-More: y\r\n"),
    (
        "slow bodies",
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n",
        "a",
    ),
];

/// How many of each kind, and for how long.
fn size() -> (usize, Duration) {
    let text = std::env::var("KEYRACK_ABUSE").unwrap_or_else(|_| "60 3".to_owned());
    let (clients, seconds) = text.split_once(' ').expect("KEYRACK_ABUSE is two numbers");
    (clients.parse().unwrap(), Duration::from_secs(seconds.parse().unwrap()))
}

/// A server with one key.
fn server() -> (TestDatabase, Process, String) {
    let database = TestDatabase::migrated();
    let run = |arguments: &[&str]| {
        let output = Process::run_with_input(&database, arguments, PASSWORD);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["user", "add", "--email", "ada@example.com", "--name", "Ada"]);
    run(&["project", "add", "--name", "My Blog", "--owner", "ada@example.com"]);
    let key = run(&[
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        "key",
    ]);
    let server = Process::serve_with(&database, &["--trusted-proxy", "127.0.0.1"]);
    (database, server, key)
}

/// Runs [`good_requests`] on a separate thread, so that the time in which the bad clients keep each
/// other waiting does not count as the server's.
fn good_requests_apart(
    server: &Process,
    key: String,
    stop: &Arc<AtomicBool>,
) -> std::thread::JoinHandle<Vec<Duration>> {
    let (origin, stop) = (server.origin.clone(), Arc::clone(stop));
    let alone = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || alone.block_on(good_requests(&origin, &key, stop)))
}

/// Sends good requests one after the other, on four connections and now and then on a new one,
/// until it is stopped. Returns how long each took. Each must be answered with success.
async fn good_requests(origin: &str, key: &str, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let (url, key, stop) =
                (format!("{origin}/v1/verify/my-blog/dev"), key.to_owned(), Arc::clone(&stop));
            // The first client keeps no connection, so each of its requests needs a new one.
            let client = reqwest::Client::builder()
                .pool_max_idle_per_host(usize::from(caller > 0))
                .build()
                .unwrap();
            tokio::spawn(async move {
                let mut took = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    let status =
                        client.get(&url).header("X-API-Key", &key).send().await.unwrap().status();
                    took.push(started.elapsed());
                    assert_eq!(status.as_u16(), 200);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await.unwrap());
    }
    took.sort();
    took
}

fn milliseconds(took: &[Duration]) -> String {
    let at =
        |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1000.0;
    format!(
        "{} good requests, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        took.len(),
        at(50),
        at(99),
        at(100)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_closed_and_good_ones_do_not_notice() {
    let (clients, time) = size();
    let (_database, server, key) = server();
    let before = server.resident();
    let stop = Arc::new(AtomicBool::new(false));
    let good = good_requests_apart(&server, key, &stop);
    let started = Instant::now();
    let mut slow = Vec::new();
    for (kind, first, drip) in SLOW {
        for _ in 0..clients {
            let origin = server.origin.clone();
            slow.push(tokio::spawn(async move {
                let mut ends = Vec::new();
                // A client whose connection is closed comes again, so that their number stays the
                // same.
                while ends.is_empty() || started.elapsed() < time {
                    let mut raw = Raw::open(&origin).await;
                    raw.send(first).await;
                    ends.push(raw.until_closed(drip.as_bytes(), SECOND, PATIENCE).await);
                }
                (*kind, ends)
            }));
        }
    }
    let mut peak = before;
    while !slow.iter().all(tokio::task::JoinHandle::is_finished) {
        peak = peak.max(server.resident());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let took = good.join().unwrap();
    let mut ends = Vec::new();
    for slow in slow {
        let (kind, ended) = slow.await.unwrap();
        ends.extend(ended.into_iter().map(|end| (kind, end)));
    }
    for (kind, ..) in SLOW {
        let of_kind: Vec<_> = ends.iter().filter(|(other, _)| other == kind).collect();
        let longest = of_kind.iter().map(|(_, end)| end.after).max().unwrap();
        eprintln!(
            "{kind}: {clients} at a time, {} closed, the last after {:.1} s",
            of_kind.len(),
            longest.as_secs_f32()
        );
    }
    eprintln!("{}", milliseconds(&took));
    eprintln!(
        "memory: {:.1} MiB before, {:.1} MiB at most",
        before as f64 / 1_048_576.0,
        peak as f64 / 1_048_576.0
    );
    for (kind, end) in ends {
        assert!(end.closed, "{kind}: still open after {:?}: {}", end.after, end.said);
    }
    assert!(peak - before < 64 * 1024 * 1024, "{} bytes more", peak - before);
}

/// The bad clients have a low priority, as if they were on other machines, so that the server is
/// measured.
#[test]
fn waves_of_sign_ins_leave_the_verifier_alone() {
    let give_way = || rustix::process::setpriority_process(None, 10).unwrap();
    let mut elsewhere = tokio::runtime::Builder::new_multi_thread();
    elsewhere
        .worker_threads(2)
        .enable_all()
        .on_thread_start(give_way)
        .build()
        .unwrap()
        .block_on(waves_of_sign_ins());
}

async fn waves_of_sign_ins() {
    let (clients, time) = size();
    let (clients, time) = (clients.min(500), time.min(Duration::from_secs(20)));
    let (_database, server, key) = server();
    let before = server.resident();
    let stop = Arc::new(AtomicBool::new(false));
    let good = good_requests_apart(&server, key, &stop);
    let (started, mut looked, mut refused, mut waves, mut peak) = (Instant::now(), 0, 0, 0, before);
    let visitor = Anonymous::new(&server.origin);
    while started.elapsed() < time {
        let wave: Vec<_> = (0..clients)
            .map(|number| {
                let address = format!("10.{waves}.{}.{}", number / 250, number % 250);
                let request =
                    visitor.request(Method::POST, "/sign-in").header("X-Forwarded-For", address);
                let request = request
                    .form(&[("email", "ada@example.com"), ("password", "not-the-password-9")]);
                tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
            })
            .collect();
        for one in wave {
            match one.await.unwrap() {
                422 => looked += 1,
                429 => refused += 1,
                other => panic!("{other}"),
            }
        }
        waves = (waves + 1) % 250;
        peak = peak.max(server.resident());
    }
    stop.store(true, Ordering::Relaxed);
    let took = good.join().unwrap();
    eprintln!("sign-ins, {clients} at once: {looked} looked at, {refused} refused with 429");
    eprintln!("{}", milliseconds(&took));
    eprintln!(
        "memory: {:.1} MiB before, {:.1} MiB at most",
        before as f64 / 1_048_576.0,
        peak as f64 / 1_048_576.0
    );
    assert!(looked > 0);
    // As `web/dashboard/credentials/passwords.rs` says: 19 MiB for each hash at once, and what so
    // many connections take.
    let hashes = (std::thread::available_parallelism().unwrap().get() / 2).max(1) as u64;
    assert!(peak - before < (hashes * 20 + 32) * 1024 * 1024, "{} bytes more", peak - before);
}
