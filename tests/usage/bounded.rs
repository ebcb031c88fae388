//! A flood of calls makes neither memory nor the database grow.

use keyrack::db::{Db, KeyId, Kind, RefusalReason};
use keyrack::domain::Clock;
use keyrack::domain::usage::{self, Call, CalledKey, Forgotten, Noted, PLACES_A_DAY, PlaceKind};
use std::net::IpAddr;

use super::{DEV, places, verify, written};
use crate::support::{Server, TestDatabase};

#[tokio::test]
async fn a_flood_of_addresses_and_origins_is_and_others() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let (key, id) = server.ada().await.create_key(DEV, "publishable", "my-app-key").await;
    for n in 0..200 {
        let (address, origin) = (format!("10.0.0.{n}"), format!("https://{n}.example"));
        verify(&server, &key, &[("X-Forwarded-For", &address), ("Origin", &origin)])
            .await
            .expect(200);
    }
    written(&server.database, 200).await;
    for kind in [PlaceKind::Address, PlaceKind::Origin] {
        let seen = places(&server, &id, kind);
        assert_eq!((seen.places.len(), seen.others.accepted), (PLACES_A_DAY, 200 - 20));
    }
    assert_eq!(server.database.count("SELECT count(*) FROM usage_places"), 2 * (PLACES_A_DAY + 1));
}

/// The same, a thousand times as many, straight into the recorder and out of it.
#[tokio::test]
async fn a_million_addresses_of_many_writings_take_a_few_rows() {
    let server = Server::start().await;
    let (_, id) = server.ada().await.create_key(DEV, "publishable", "my-app-key").await;
    let number = KeyId::parse(&id).unwrap().number().unwrap();
    let (mut noted, now) = (Noted::default(), server.clock.now());
    for n in 0..1_000_000_u32 {
        let origin = format!("https://{n}.example");
        let key = CalledKey { number, environment: 1, kind: Kind::Publishable };
        noted.note(&Call {
            key,
            refused: (n % 2 == 1).then_some(RefusalReason::Rate),
            at: now,
            address: Some(IpAddr::from(n.to_be_bytes())),
            origin: Some(&origin),
        });
        if n % 100_000 == 99_999 {
            let mut entries = Vec::new();
            noted.take(&(0..=u128::MAX), &mut entries);
            assert_eq!(entries.len(), 1);
            server.write(|c| usage::write(c, &entries));
        }
    }
    assert_eq!(server.database.count("SELECT count(*) FROM usage_places"), 2 * (PLACES_A_DAY + 1));
    assert_eq!(
        server
            .database
            .count("SELECT count(*) FROM usage_hours WHERE accepted = 500000 AND refused = 500000"),
        1
    );
    let addresses = places(&server, &id, PlaceKind::Address);
    let all: u64 = addresses.places.iter().map(|place| place.counts.all()).sum::<u64>()
        + addresses.others.all();
    assert_eq!((addresses.places.len(), all), (PLACES_A_DAY, 1_000_000));
}

/// An hour in which very many keys were called is not forgotten in one go: everybody who writes
/// would wait.
#[test]
fn old_counts_are_forgotten_a_few_thousand_at_a_time() {
    let database = TestDatabase::migrated();
    let (db, now) = (Db::new(&database.url().parse().unwrap()), Clock::default().now());
    let numbers = if database.is_postgres() {
        "generate_series(1, 6000) AS s(n)"
    } else {
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 6000) SELECT n FROM s) s"
    };
    for (table, columns, values) in [
        (
            "usage_hours",
            "key_id, hour, accepted, refused",
            "'key_' || n, '2020-01-01 00:00:00', 1, 0",
        ),
        (
            "usage_places",
            "key_id, day, kind, place, accepted, refused",
            "'key_' || n, '2020-01-01 00:00:00', 'address', '', 1, 0",
        ),
    ] {
        let values = if database.is_postgres() {
            values.replace("'2020", "timestamp '2020")
        } else {
            values.to_owned()
        };
        database
            .execute(&format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {numbers}"));
    }
    let left = || {
        ["usage_hours", "usage_places"]
            .map(|table| database.count(&format!("SELECT count(*) FROM {table}")))
    };
    let prune = || db.write_blocking(|c| usage::prune(c, now)).unwrap();
    let mut before = left();
    while prune() == Forgotten::Some {
        let now = left();
        assert!(
            before.iter().zip(now).all(|(before, now)| before - now <= 5000),
            "{before:?} {now:?}"
        );
        before = now;
    }
    assert_eq!(left(), [0, 0]);
}
