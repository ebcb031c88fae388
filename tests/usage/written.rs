//! What is counted, and that each count is written to the database: soon, exactly once, and
//! whatever happens meanwhile.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use keyrack::db::usage_latest::{self, Called};
use keyrack::db::{EnvironmentId, KeyId, Kind};
use keyrack::domain::usage::{self, Latest, PlaceKind, Range};
use keyrack::domain::zone::Zone;

use super::{DEV, calls, places, today, verify, written};
use crate::support::tenant::{add_key, settle};
use crate::support::{ApiClient, Process, Server, TestDatabase, Verified, eventually};

#[tokio::test]
async fn accepted_and_refused_calls_are_counted_by_key_and_hour() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (app, app_id) = ada.create_key(DEV, "publishable", "my-app-key").await;
    for _ in 0..3 {
        verify(&server, &key, &[("X-Forwarded-For", "198.51.100.7")]).await.expect(200);
    }
    server
        .api()
        .call(reqwest::Method::GET, "/v1/key/my-blog/dev", &[("X-API-Key", key.as_bytes())])
        .await
        .expect(200);
    verify(
        &server,
        &app,
        &[("X-Forwarded-For", "2001:db8::1"), ("Origin", "https://app.example.com")],
    )
    .await
    .expect(200);
    verify(&server, &app, &[("Origin", "nonsense")]).await.expect(200);
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    verify(&server, &key, &[("X-Forwarded-For", "203.0.113.9")]).await.expect(401);
    // Nobody is counted for these.
    verify(&server, "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848", &[])
        .await
        .expect(401);
    verify(&server, "nonsense", &[]).await.expect(401);
    written(&server.database, 7).await;

    assert_eq!((today(&server, &id), today(&server, &app_id)), ((4, 1), (2, 0)));
    let addresses = places(&server, &id, PlaceKind::Address);
    let seen: Vec<_> = addresses
        .places
        .iter()
        .map(|p| (p.place.as_str(), p.counts.accepted, p.counts.refused))
        .collect();
    // Where the call of /v1/key/my-blog/dev came from the proxy did not tell.
    assert_eq!(seen, [("198.51.100.7", 3, 0), ("203.0.113.9", 0, 1)]);
    assert_eq!(addresses.others.all(), 0);
    let origins = places(&server, &app_id, PlaceKind::Origin);
    assert_eq!(
        (origins.places.len(), origins.places[0].place.as_str(), origins.others.accepted),
        (1, "https://app.example.com", 1)
    );
    assert_eq!(places(&server, &id, PlaceKind::Origin).places, []);

    let latest = server.write(|c| usage::latest(c, &KeyId::parse(&id).unwrap())).unwrap();
    assert!(latest.accepted_at.unwrap() <= latest.refused_at.unwrap());
    assert_eq!(
        latest.refused_address.as_deref(),
        Some("203.0.113.9"),
        "who still calls a deleted key"
    );
    let theirs = "SELECT u.key_id AS value FROM usage_latest u JOIN api_keys k ON k.id = u.key_id AND k.environment_id = u.environment_id AND k.kind = u.kind";
    assert_eq!(server.database.query(theirs).len(), 2, "in the order of an environment's keys");
}

#[tokio::test]
async fn the_series_has_every_hour_of_its_range() {
    let server = Server::start().await;
    let (key, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for n in 0..3 {
        verify(&server, &key, &[]).await.expect(200);
        written(&server.database, n + 1).await;
        server.clock.advance(TimeDelta::hours(30));
    }
    let (id, now) = (KeyId::parse(&id).unwrap(), server.clock.now());
    for range in Range::ALL {
        let first = usage::first_day(range, Zone::UTC, now);
        let hours = usize::try_from((now - first).num_hours()).unwrap() + 1;
        assert_eq!(hours.div_ceil(24), usize::try_from(range.days()).unwrap());
        let calls = [90, 60, 30].map(|ago| now - TimeDelta::hours(ago));
        let accepted = calls.iter().filter(|at| **at >= first).count() as u64;
        let series = server.write(|c| usage::series(c, &id, range, Zone::UTC, now));
        assert_eq!((series.len(), series[0].at), (hours, first));
        assert!(series.windows(2).all(|pair| pair[1].at - pair[0].at == TimeDelta::hours(1)));
        assert!(
            series.last().unwrap().at <= now
                && now < series.last().unwrap().at + TimeDelta::hours(1)
        );
        assert_eq!(
            series.iter().map(|hour| hour.counts.accepted).sum::<u64>(),
            accepted,
            "{range:?}"
        );
    }
}

#[tokio::test]
async fn counts_older_than_four_hundred_days_are_forgotten() {
    let server = Server::start().await;
    let (key, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    verify(&server, &key, &[]).await.expect(200);
    written(&server.database, 1).await;
    server.clock.advance(TimeDelta::days(92));
    eventually(|| server.database.count("SELECT count(*) FROM usage_places") == 0).await;
    assert_eq!(calls(&server.database), 1);
    server.clock.advance(TimeDelta::days(309));
    eventually(|| calls(&server.database) == 0).await;
    let latest = server.write(|c| usage::latest(c, &KeyId::parse(&id).unwrap()));
    assert!(latest.unwrap().accepted_at.is_some(), "when it was used last is not forgotten");
}

#[tokio::test]
async fn calls_are_counted_later_when_the_database_is_locked() {
    let server = Server::start().await;
    let (key, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let lock = "BEGIN; UPDATE settings SET value = value; LOCK TABLE usage_hours IN EXCLUSIVE MODE";
    let (mut postgres, mut sqlite) = (None, None);
    if server.database.is_postgres() {
        let mut connection = PgConnection::establish(server.database.url()).unwrap();
        connection.batch_execute(lock).unwrap();
        postgres = Some(connection);
    } else {
        let mut connection = SqliteConnection::establish(server.database.url()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
        sqlite = Some(connection);
    }
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        verify(&server, &key, &[]).await.expect(200);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "counting holds up nobody");
    // Long enough that writing was tried, and given up.
    tokio::time::sleep(std::time::Duration::from_millis(3500)).await;
    verify(&server, &key, &[]).await.expect(200);
    drop((postgres.take(), sqlite.take()));
    written(&server.database, 21).await;
    assert_eq!(today(&server, &id), (21, 0));
}

#[tokio::test]
async fn what_is_left_is_written_when_the_server_stops() {
    let database = TestDatabase::new();
    settle(&database);
    let key = add_key(&database, "server-key");
    let mut server = Process::serve(&database);
    let api = ApiClient::new(&server.origin);
    for _ in 0..10 {
        assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
    }
    drop(api);
    server.terminate();
    assert_eq!(calls(&database), 10);
}

#[tokio::test]
async fn a_crash_loses_the_last_seconds_and_nothing_else() {
    let database = TestDatabase::new();
    settle(&database);
    let key = add_key(&database, "server-key");
    let mut server = Process::serve(&database);
    let api = ApiClient::new(&server.origin);
    for _ in 0..5 {
        api.verify(&key).await;
    }
    written(&database, 5).await;
    for _ in 0..5 {
        api.verify(&key).await;
    }
    server.kill();
    assert!((5..=10).contains(&calls(&database)));
    let again = Process::serve(&database);
    let before = calls(&database);
    ApiClient::new(&again.origin).verify(&key).await;
    written(&database, before + 1).await;
}

#[tokio::test]
async fn what_a_replica_wrote_of_a_later_call_stays() {
    let server = Server::start().await;
    let (key_id, now) = (KeyId::of_number(7), server.clock.now());
    let at = |minutes: Option<i64>| minutes.map(|minutes| now + TimeDelta::minutes(minutes));
    let row = |(accepted, refused): (Option<i64>, Option<i64>)| Latest {
        key_id: key_id.clone(),
        accepted_at: at(accepted),
        refused_at: at(refused),
        refused_address: refused.map(|minute| format!("192.0.2.{minute}")),
    };
    for (written, known) in [
        ((Some(5), None), (Some(5), None)),
        ((Some(3), Some(4)), (Some(5), Some(4))),
        ((None, Some(2)), (Some(5), Some(4))),
        ((Some(6), None), (Some(6), Some(4))),
        ((None, Some(7)), (Some(6), Some(7))),
    ] {
        let (accepted, refused) = written;
        let mut called = Called::new(key_id.clone(), EnvironmentId::of_number(1), Kind::Secret);
        (called.accepted_at, called.refused_at) = (at(accepted), at(refused));
        called.refused_address = row(written).refused_address;
        server.write(|c| usage_latest::put(c, vec![called]));
        assert_eq!(server.write(|c| usage::latest(c, &key_id)), Some(row(known)), "{written:?}");
    }
}

#[tokio::test]
async fn keys_stand_in_the_order_of_their_last_use_and_of_very_many_to_a_minute() {
    let server = Server::start().await;
    let now = server.clock.now();
    let called = |numbers: std::ops::Range<u128>, seconds| {
        let row = |number| {
            let mut called =
                Called::new(KeyId::of_number(number), EnvironmentId::of_number(1), Kind::Secret);
            called.accepted_at = Some(now + TimeDelta::seconds(seconds));
            called
        };
        server.write(|c| usage_latest::put(c, numbers.map(row).collect()));
    };
    let stands = |number, seconds| {
        let (id, at) = (KeyId::of_number(number), now + TimeDelta::seconds(seconds));
        let stands = format!(
            "SELECT key_id AS value FROM usage_latest WHERE key_id = '{}' AND listed_at = '{at}'",
            id.as_str()
        );
        server.database.query(&stands).len() == 1
    };
    called(0..2, 0);
    called(0..1, 1);
    assert!(stands(0, 1) && stands(1, 0));
    called(0..1000, 40);
    assert!(
        stands(0, 1) && stands(1, 0) && stands(2, 40),
        "they moved a moment ago, but for the new one"
    );
    called(0..1000, 60);
    assert!(stands(0, 1) && stands(1, 60));
    called(0..1, 60);
    assert!(stands(0, 60), "one alone moves at once");
    let all = |numbers: std::ops::Range<u128>, newest: i64| {
        let row = |number: u128| {
            let mut called =
                Called::new(KeyId::of_number(number), EnvironmentId::of_number(1), Kind::Secret);
            called.accepted_at =
                Some(now + TimeDelta::seconds(newest - i64::from(number % 2 == 1)));
            called
        };
        server.write(|c| usage_latest::put(c, numbers.map(row).collect()));
    };
    all(0..1001, 200);
    assert!(
        stands(0, 200) && stands(1, 200) && stands(1000, 200),
        "very many stand at one moment, old ones and new ones"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_count_together() {
    let server = Server::start().await;
    let replicas = [Process::serve(&server.database), Process::serve(&server.database)];
    let ada = server.ada().await;
    let mut keys = Vec::new();
    for n in 0..5 {
        keys.push(ada.create_key(DEV, "secret", &format!("key-{n}")).await);
    }
    let origins = [server.origin.clone(), replicas[0].origin.clone(), replicas[1].origin.clone()];
    let mut askers = tokio::task::JoinSet::new();
    for origin in origins {
        let (api, keys) = (ApiClient::new(&origin), keys.clone());
        askers.spawn(async move {
            for n in 0..100 {
                assert_eq!(api.verify(&keys[n % 5].0).await, Verified::Good("admin".to_owned()));
            }
        });
    }
    while let Some(asker) = askers.join_next().await {
        asker.unwrap();
    }
    written(&server.database, 300).await;
    for (_, id) in &keys {
        assert_eq!(today(&server, id), (60, 0));
        assert_eq!(places(&server, id, PlaceKind::Address).places[0].counts.accepted, 60);
    }
}
