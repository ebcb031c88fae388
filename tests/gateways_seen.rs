//! Which gateways asked the verifier: what is written and read about them, how long it is kept, and
//! when it is removed.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use keyrack::db::environments::Environment;
use keyrack::db::{Db, EnvironmentId, Error, ProjectId};
use keyrack::domain::gateways::{self, GatewaySeen, Gateways, Request};
use keyrack::domain::projects::Project;

use crate::support::TestDatabase;

fn at(minute: i64) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap().and_hms_opt(9, 0, 0).unwrap()
        + TimeDelta::minutes(minute)
}

fn request<'a>(peer: &str, asked: &'a str, minute: i64) -> Request<'a> {
    Request {
        peer: peer.parse().unwrap(),
        asked,
        environment: Some(7),
        trusted: true,
        original: true,
        untrusted_original: false,
        good: false,
        at: at(minute),
    }
}

fn stranger<'a>(peer: &str, asked: &'a str, minute: i64) -> Request<'a> {
    Request { trusted: false, original: false, ..request(peer, asked, minute) }
}

/// The `n`th address of a very large network.
fn nth(n: u32) -> String {
    IpAddr::from((0x0a00_0000 + n).to_be_bytes()).to_string()
}

/// A database, and what writes to it.
struct Seen {
    database: TestDatabase,
    db: Db,
}

impl Seen {
    fn new() -> Self {
        let database = TestDatabase::migrated();
        Self { db: Db::new(&database.url().parse().unwrap()), database }
    }

    /// Notes these requests and writes them, as a process does between two writes.
    fn write<'a>(&self, requests: impl IntoIterator<Item = Request<'a>>) {
        let noted = Gateways::default();
        requests.into_iter().for_each(|request| noted.note(&request));
        let entries = noted.take();
        let write = |c: &mut _| gateways::write(c, &entries);
        self.db.write_blocking::<_, Error>(write).unwrap();
    }

    fn rows(&self, more: &str) -> usize {
        self.database.count(&format!("SELECT count(*) FROM gateways_seen {more}"))
    }

    fn asked_for(&self, name: &str, since: i64) -> Vec<GatewaySeen> {
        let project = Project {
            id: ProjectId::of_number(1),
            slug: "my-blog".to_owned(),
            name: String::new(),
            description: String::new(),
            created_at: at(0),
        };
        let read = |c: &mut _| gateways::asked_for(c, &project, name, at(since));
        self.db.read_blocking::<_, Error>(read).unwrap()
    }
}

fn peers(seen: &[GatewaySeen]) -> Vec<&str> {
    seen.iter().map(|gateway| gateway.peer.as_str()).collect()
}

#[test]
fn what_was_seen_is_found_by_environment_and_by_the_address_that_was_asked_for() {
    let seen = Seen::new();
    let by_id = format!("{}/dev", ProjectId::of_number(1));
    seen.write([
        request("10.0.0.1", "my-blog/dev", 1),
        Request { original: false, ..request("10.0.0.2", &by_id, 2) },
        Request { environment: Some(8), ..request("10.0.0.1", "my-blog/prod", 3) },
        Request { environment: None, ..request("2001:db8::1", "my-blog/dev", 4) },
        Request { untrusted_original: true, ..stranger("192.0.2.7", "my-blog/dev", 5) },
        stranger("192.0.2.8", "my-blog/dev", 6),
    ]);
    let dev = EnvironmentId::of_number(7);
    let of_environment = |since| {
        let read = |c: &mut _| gateways::of_environment(c, &dev, at(since));
        seen.db.read_blocking::<_, Error>(read).unwrap()
    };
    let all = of_environment(0);
    assert_eq!(peers(&all), ["192.0.2.8", "192.0.2.7", "10.0.0.2", "10.0.0.1"]);
    let first = GatewaySeen {
        good_at: None,
        peer: "10.0.0.1".to_owned(),
        asked: "my-blog/dev".to_owned(),
        environment_id: Some(dev.clone()),
        trusted: true,
        original_at: Some(at(1)),
        untrusted_original_at: None,
        last_at: at(1),
    };
    assert_eq!(all[3], first);
    assert_eq!((all[2].original_at, all[1].untrusted_original_at), (None, Some(at(5))));
    assert_eq!(peers(&of_environment(5)), ["192.0.2.8", "192.0.2.7"]);

    // Found by the name, whatever it meant, with the slug or the id of the project.
    let asked = seen.asked_for("dev", 0);
    assert_eq!(peers(&asked), ["192.0.2.8", "192.0.2.7", "2001:db8::1", "10.0.0.2", "10.0.0.1"]);
    assert_eq!(seen.asked_for("dev", 4).len(), 3);
    assert_eq!(peers(&seen.asked_for("prod", 0)), ["10.0.0.1"]);
    assert!(seen.asked_for("staging", 0).is_empty());

    let untrusted = |since| {
        let environment = Environment {
            id: dev.clone(),
            project_id: ProjectId::of_number(1),
            name: String::new(),
            protected: false,
            created_at: at(0),
            deleted_at: None,
            deleted_by: None,
            former_names: String::new(),
            answers_all: false,
        };
        let read = |c: &mut _| gateways::untrusted_originals(c, &environment, at(since));
        seen.db.read_blocking::<_, Error>(read).unwrap()
    };
    assert_eq!(peers(&untrusted(5)), ["192.0.2.7"]);
    assert!(untrusted(6).is_empty());
    // Once it is trusted, there is nothing to tell.
    seen.write([request("192.0.2.7", "my-blog/dev", 7)]);
    assert!(untrusted(5).is_empty());
}

#[test]
fn a_gateway_that_asks_all_the_time_is_a_row_that_is_written_when_it_says_something_new() {
    let seen = Seen::new();
    let last = || {
        seen.database
            .query("SELECT CAST(last_at AS TEXT) || trusted || coalesce(environment_id, '-') AS value FROM gateways_seen")
    };
    let one = Request { original: false, ..request("10.0.0.1", "my-blog/dev", 0) };
    seen.write([one]);
    let before = last();
    let second = |second| at(0) + TimeDelta::seconds(second);
    seen.write([Request { at: second(59), ..one }]);
    assert_eq!(last(), before, "known to the minute");
    for news in [
        Request { at: second(60), ..one },
        Request { at: second(61), trusted: false, ..one },
        Request { at: second(62), trusted: false, environment: None, ..one },
        Request { at: second(63), ..one },
    ] {
        let before = last();
        seen.write([news]);
        assert_ne!(last(), before, "{news:?}");
    }
    seen.write([Request { at: second(64), original: true, ..one }]);
    seen.write([Request { at: second(65), untrusted_original: true, ..one }]);
    let times = seen.database.query(
        "SELECT CASE WHEN original_at < untrusted_original_at THEN 'both' END AS value FROM gateways_seen",
    );
    assert_eq!(times, ["both"]);
    // Another replica writes later what it saw earlier.
    let before = last();
    seen.write([Request { at: second(0), environment: Some(9), ..one }]);
    assert_eq!(last(), before);
}

#[test]
fn strangers_and_made_up_addresses_push_out_no_gateway() {
    let seen = Seen::new();
    let dropped = "my-blog/deleted";
    seen.write([
        request("198.51.100.1", "my-blog/prod", 0),
        Request { environment: None, ..request("198.51.100.1", dropped, 0) },
        Request { untrusted_original: true, ..stranger("198.51.100.2", "my-blog/prod", 0) },
    ]);
    for minute in 1..=20 {
        let addresses: Vec<(String, String)> = (0..200)
            .map(|n| minute * 200 + n)
            .map(|n| (nth(u32::try_from(n).unwrap()), format!("project-{n}/prod")))
            .collect();
        seen.write(addresses.iter().flat_map(|(peer, made_up)| {
            let one = stranger(peer, "my-blog/prod", minute);
            [one, Request { asked: made_up, environment: None, ..one }]
        }));
    }
    for (what, rows) in [
        ("WHERE trusted", 2),
        ("WHERE untrusted_original_at IS NOT NULL", 1),
        ("WHERE NOT trusted AND environment_id IS NOT NULL AND untrusted_original_at IS NULL", 64),
        ("WHERE NOT trusted AND environment_id IS NULL", 1_000),
    ] {
        assert_eq!(seen.rows(what), rows, "{what}");
    }
    assert_eq!(peers(&seen.asked_for("deleted", 0)), ["198.51.100.1"]);
    // Those that asked longest ago made room.
    assert_eq!(seen.asked_for("prod", 20).len(), 64);
}

#[test]
fn one_stranger_has_few_made_up_addresses_and_a_network_of_ipv6_is_one_stranger() {
    let seen = Seen::new();
    let made_up: Vec<String> = (0..100).map(|n| format!("project-{n}/prod")).collect();
    for minute in 0..3 {
        seen.write(
            made_up
                .iter()
                .map(|asked| Request { environment: None, ..stranger("192.0.2.1", asked, minute) }),
        );
        let peers: Vec<String> = (0..100).map(|n| format!("2001:db8::{n:x}")).collect();
        seen.write(
            peers.iter().zip(&made_up).map(|(peer, asked)| Request {
                environment: None,
                ..stranger(peer, asked, minute)
            }),
        );
    }
    assert_eq!(seen.rows("WHERE peer = '192.0.2.1'"), 8);
    assert_eq!(seen.rows("WHERE peer LIKE '2001:db8::%'"), 8);
    // A gateway may go on asking for environments that no longer exist.
    seen.write(
        made_up.iter().map(|asked| Request { environment: None, ..request("10.0.0.1", asked, 0) }),
    );
    assert_eq!(seen.rows("WHERE trusted"), 100);
}

#[test]
fn after_thirty_days_without_a_request_a_gateway_is_forgotten() {
    let seen = Seen::new();
    seen.write([
        request("10.0.0.1", "my-blog/dev", 0),
        request("10.0.0.2", "my-blog/dev", 1),
        stranger("192.0.2.1", "nothing/dev", 0),
    ]);
    let prune = |now| seen.db.write_blocking::<_, Error>(|c| gateways::prune(c, now)).unwrap();
    let month = TimeDelta::days(30);
    assert!(!prune(at(0) + month));
    assert_eq!(seen.rows(""), 3);
    assert!(prune(at(1) + month));
    assert!(!prune(at(1) + month));
    assert_eq!(seen.database.query("SELECT peer AS value FROM gateways_seen"), ["10.0.0.2"]);
}

#[test]
fn of_very_many_rows_strangers_are_forgotten_first() {
    let seen = Seen::new();
    for trusted in ["FALSE", "TRUE"] {
        let rows = if seen.database.is_postgres() {
            "SELECT n FROM generate_series(1, 25010) AS n"
        } else {
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 25010) SELECT n FROM numbers"
        };
        seen.database.execute(&format!(
            "INSERT INTO gateways_seen (peer, asked, environment_id, trusted, last_at) \
             SELECT '{trusted}' || n, 'x', 'env_1', {trusted}, '{}' FROM ({rows}) AS numbers",
            at(0)
        ));
    }
    let prune = || seen.db.write_blocking::<_, Error>(|c| gateways::prune(c, at(0))).unwrap();
    assert!(prune());
    assert!(!prune());
    assert_eq!((seen.rows("WHERE trusted"), seen.rows("WHERE NOT trusted")), (25_010, 24_990));
}
