//! A flood grows neither memory nor the database.

use keyrack::db::{KeyId, Kind};
use keyrack::domain::usage::{self, Call, Known, Noted, PLACES_A_DAY, PlaceKind};
use std::net::IpAddr;

use super::{DEV, places, verify, written};
use crate::support::Server;

#[tokio::test]
async fn a_flood_of_addresses_and_origins_is_and_others() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let (key, id) = server.ada().await.create_key(DEV, "publishable", "my-app-key").await;
    for n in 0..200 {
        let (address, origin) = (format!("10.0.0.{n}"), format!("https://{n}.example"));
        verify(&server, &key, &[("X-Forwarded-For", &address), ("Origin", &origin)]).await.expect(200);
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
        let key = Known { number, environment: 1, kind: Kind::Publishable };
        noted.note(&Call { key, accepted: n % 2 == 0, at: now, address: Some(IpAddr::from(n.to_be_bytes())), origin: Some(&origin) });
        if n % 100_000 == 99_999 {
            let mut entries = Vec::new();
            noted.take(&(0..=u128::MAX), &mut entries);
            assert_eq!(entries.len(), 1);
            server.write(|c| usage::write(c, &entries));
        }
    }
    assert_eq!(server.database.count("SELECT count(*) FROM usage_places"), 2 * (PLACES_A_DAY + 1));
    assert_eq!(server.database.count("SELECT count(*) FROM usage_hours WHERE accepted = 500000 AND refused = 500000"), 1);
    let addresses = places(&server, &id, PlaceKind::Address);
    let all: u64 = addresses.places.iter().map(|place| place.counts.all()).sum::<u64>() + addresses.others.all();
    assert_eq!((addresses.places.len(), all), (PLACES_A_DAY, 1_000_000));
}
