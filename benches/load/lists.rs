//! Compares the list in its shapes, and the page of a busy key, with a full page that is the whole
//! list. There is one request at a time, and the shapes take turns, because what else the machine
//! does changes from second to second.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::fill::{PAGE_OF_10_000, PAGE_OF_50};
use crate::server::Server;

/// The most that a list may take, as a multiple of the full page.
const AT_MOST: f64 = 1.5;

/// The name of each page, and its path.
fn shapes(busy: &str) -> Vec<(String, String)> {
    let list = [
        ("50 of 10,000 keys", ""),
        ("last page", "?page=200&kind=secret"),
        ("page in the middle", "?page=100&kind=secret"),
        ("a search for a name", "?q=key-12"),
        ("a search for a name that all have", "?q=key"),
        ("a search for a word of notes", "?q=newsletter"),
        ("a search for a mask", "?q=sk_01"),
        ("a search for nothing", "?q=zebra"),
        ("by name", "?sort=name"),
        ("by last use", "?sort=last-used"),
        ("active", "?status=active"),
        ("expiring", "?status=expiring"),
        ("expired", "?status=expired"),
        ("paused", "?status=paused"),
        ("leaked", "?status=leaked"),
        ("unused for 30 days", "?status=unused-30"),
    ];
    let list =
        list.into_iter().map(|(name, query)| (name.to_owned(), format!("{PAGE_OF_10_000}{query}")));
    let key = [("a key, 24 hours", ""), ("a key, 90 days of hourly counts", "?range=90d")];
    list.chain(key.into_iter().map(|(name, query)| (name.to_owned(), format!("{busy}{query}"))))
        .collect()
}

/// The measured times as a table to print. All answers are checked, because wrong ones would be
/// fast, too.
pub fn measure(server: &Server, cookie: &str, busy: &str, seconds: u32) -> String {
    let mut client = Client {
        stream: BufReader::new(TcpStream::connect(("127.0.0.1", server.port)).unwrap()),
        cookie,
    };
    let shapes = shapes(busy);
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); shapes.len()];
    let mut full = Vec::new();
    let end = Instant::now() + Duration::from_secs(u64::from(seconds) * 4);
    while full.len() < 10 || Instant::now() < end {
        full.push(client.get(PAGE_OF_50));
        for ((_, path), times) in shapes.iter().zip(&mut times) {
            times.push(client.get(path));
        }
    }
    let full = median(&mut full);
    let mut table = format!(
        "\nOne request after the other, medians; the list shall stay below {AT_MOST} times a full page:\n\n\
         | page | ms | to a full page | |\n|---|--:|--:|---|\n| 50 of 50 keys | {full:.2} | 1.00 | |\n"
    );
    for ((name, _), times) in shapes.iter().zip(&mut times) {
        let median = median(times);
        let more = if median / full > AT_MOST { "more" } else { "" };
        writeln!(table, "| {name} | {median:.2} | {:.2} | {more} |", median / full).unwrap();
    }
    table
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// A connection that is kept open.
struct Client<'a> {
    stream: BufReader<TcpStream>,
    cookie: &'a str,
}

impl Client<'_> {
    fn get(&mut self, path: &str) -> Duration {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", self.cookie);
        let started = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut length = None;
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{path}: {line}");
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            length = length.or_else(|| {
                line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok()
            });
        }
        let mut body = vec![0; length.expect("the length of the page")];
        self.stream.read_exact(&mut body).unwrap();
        started.elapsed()
    }
}
