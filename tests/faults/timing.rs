//! The time of an answer does not show whether another project has a key. `scripts/soak` compares
//! the times, because nothing else runs at the same time there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use keyrack::domain::api_keys::{Kind, SecretKey};
use keyrack::domain::os_rng;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::support::{Process, TestDatabase, tenant};

/// The two-sided quantile of the normal distribution that chance exceeds less than once in a
/// thousand times.
const ONCE_IN_A_THOUSAND: f64 = 3.29;

/// By how many standard deviations the ranks of the one are lower or higher than if both were of
/// one distribution (Mann and Whitney 1947, with the usual correction for ties).
fn mann_whitney(one: &[Duration], other: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = one.iter().map(|time| (*time, true)).collect();
    all.extend(other.iter().map(|time| (*time, false)));
    all.sort_unstable();
    let (mut before, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let count = same.len() as f64;
        let of_one = same.iter().filter(|(_, is_one)| *is_one).count() as f64;
        ranks += of_one * (before + (count + 1.0) / 2.0);
        ties += count.powi(3) - count;
        before += count;
    }
    let (m, n) = (one.len() as f64, other.len() as f64);
    let u = ranks - m * (m + 1.0) / 2.0;
    let variance = m * n / 12.0 * (m + n + 1.0 - ties / ((m + n) * (m + n - 1.0)));
    (u - m * n / 2.0) / variance.sqrt()
}

#[test]
fn mann_whitney_gives_the_published_values() {
    let z = |one: &[u64], other: &[u64]| {
        let times = |seconds: &[u64]| -> Vec<_> {
            seconds.iter().map(|seconds| Duration::from_secs(*seconds)).collect()
        };
        mann_whitney(&times(one), &times(other))
    };
    // The example of SciPy's manual: U = 17, mean 10, deviation sqrt(5 * 4 * 10 / 12).
    let (men, women) = ([19, 22, 16, 29, 24], [20, 11, 17, 12]);
    assert!((z(&men, &women) - 1.7146).abs() < 0.0001, "{}", z(&men, &women));
    assert!((z(&women, &men) + 1.7146).abs() < 0.0001);
    // With ties: U = 2.5, mean 8, variance 16 / 12 * (9 - 30 / 56).
    let tied = z(&[1, 2, 2, 3], &[2, 3, 4, 5]);
    assert!((tied + 1.6372).abs() < 0.0001, "{tied}");
}

/// A client that keeps its connection.
struct Client {
    stream: TcpStream,
    dice: StdRng,
}

impl Client {
    fn connect(origin: &str) -> Self {
        let address: SocketAddr = origin.strip_prefix("http://").unwrap().parse().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, dice: super::dice(7) }
    }

    /// How long the answer took, and its status. Each is from another address: whoever comes with
    /// many wrong keys is slowed down.
    fn time(&mut self, key: &str) -> (Duration, u16) {
        let [a, b, c]: [u8; 3] = self.dice.random();
        let request = format!(
            "GET /v1/verify/my-blog/dev HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\
             X-Forwarded-For: 10.{a}.{b}.{c}\r\n\r\n"
        );
        let mut answer = [0; 4096];
        let mut length = 0;
        let asked = Instant::now();
        self.stream.write_all(request.as_bytes()).unwrap();
        while !is_whole(&answer[..length]) {
            length += self.stream.read(&mut answer[length..]).unwrap();
        }
        let time = asked.elapsed();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (time, status)
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let text = std::str::from_utf8(answer).unwrap();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() == length.parse::<usize>().unwrap()
}

#[derive(Clone, Copy)]
enum Whose {
    Ours,
    Foreign,
    Nobodys,
}

#[test]
#[ignore = "measures times: scripts/soak"]
fn times_of_answers_do_not_tell_a_foreign_key_from_an_unknown_one() {
    let database = TestDatabase::new();
    tenant::settle(&database);
    let shop = ["project", "add", "--name", "Shop", "--owner", tenant::EMAIL];
    assert!(Process::run(&database, &shop).status.success());
    let mut keys = vec![(Whose::Ours, tenant::add_key(&database, "server-key"))];
    for number in 0..40 {
        let key = tenant::add_key_to(&database, "shop", &format!("key-{number}"));
        keys.push((Whose::Foreign, key));
        let unknown = SecretKey::generate(Kind::Secret, &mut os_rng());
        keys.push((Whose::Nobodys, unknown.expose().to_owned()));
    }
    let server = Process::serve_with(&database, &["--trusted-proxy", "127.0.0.1"]);
    let mut client = Client::connect(&server.origin);
    let (mut times, mut dice): ([Vec<Duration>; 3], _) = (Default::default(), super::dice(8));
    let rounds = super::rounds("SOAK_TIMES", 10);
    // The first ones are warm-up.
    for round in 0..=rounds {
        keys.shuffle(&mut dice);
        for (whose, key) in &keys {
            let (time, status) = client.time(key);
            assert_eq!(status == 200, matches!(whose, Whose::Ours), "{status}");
            assert!([200, 401].contains(&status), "{status}");
            if round > 0 {
                times[*whose as usize].push(time);
            }
        }
    }
    let [ours, foreign, nobodys] = &mut times;
    let (apart, seen) = (mann_whitney(foreign, nobodys), mann_whitney(ours, nobodys));
    for times in [&mut *ours, &mut *foreign, &mut *nobodys] {
        times.sort_unstable();
    }
    let median = |times: &[Duration]| times[times.len() / 2];
    println!(
        "{} answers to each of foreign and unknown keys, median {:?} and {:?}: {apart:.2} standard \
         deviations apart; good keys: {:?}, {seen:.2}",
        foreign.len(),
        median(foreign),
        median(nobodys),
        median(ours),
    );
    assert!(seen < -ONCE_IN_A_THOUSAND, "the measure does not even tell good keys");
    assert!(apart.abs() < ONCE_IN_A_THOUSAND, "the times tell which keys another project has");
}
