//! The state of a key is worked out twice: in Rust (`KeyTimes::state`) and in SQL (for the filters
//! of the list). These tests compare the two for every combination of times.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};
use keyrack::domain::api_keys::{self, ApiKey, Find, Kind, Search, Status};
use keyrack::model::{KeyState, SOON};

use super::list::fill;
use crate::support::Server;

/// An SQL literal.
fn literal(time: Option<NaiveDateTime>) -> String {
    time.map_or_else(|| "NULL".to_owned(), |time| format!("'{}'", time.format("%F %T")))
}

/// Every combination of the times that a living key can have.
fn combinations(now: NaiveDateTime) -> Vec<String> {
    let (before, after) = (Some(now - TimeDelta::hours(1)), Some(now + TimeDelta::hours(1)));
    let ends = [None, before, Some(now), after, Some(now + SOON), Some(now + SOON * 2)];
    let mut all = Vec::new();
    for end in ends {
        for noted in [None, before].into_iter().filter(|noted| noted.is_none() || end.is_some()) {
            for (paused, leaked) in [(None, None), (before, None), (None, before), (before, before)]
            {
                for overlap in [None, before, Some(now), after] {
                    for former in [None, before] {
                        all.push(format!(
                            "expires_at = {}, expired_at = {}, paused_at = {}, leaked_at = {}, \
                             overlap_until = {}, former_leaked_at = {}",
                            literal(end),
                            literal(noted),
                            literal(paused),
                            literal(leaked),
                            literal(overlap),
                            literal(former),
                        ));
                    }
                }
            }
        }
    }
    all
}

/// What Rust says.
fn has_status(key: &ApiKey, status: Status, now: NaiveDateTime) -> bool {
    match status {
        Status::Active => key.state(now) == KeyState::Active,
        Status::Paused => key.state(now) == KeyState::Paused,
        Status::Expired => key.state(now) == KeyState::Expired,
        Status::Expiring => key.times().expires_soon(now).is_some(),
        Status::Leaked => key.state(now) != KeyState::Expired && key.leaked(now).is_some(),
        Status::Unused30 | Status::Unused90 => unreachable!("this is about calls, not about times"),
    }
}

#[tokio::test]
async fn the_list_finds_a_key_by_the_state_that_the_key_itself_tells() {
    let server = Server::start().await;
    server.ada().await;
    let now = "2026-03-03T12:00:00".parse().unwrap();
    let combinations = combinations(now);
    fill(&server.database, "secret", combinations.len() as u32);
    let updates = combinations
        .iter()
        .zip(1..)
        .map(|(times, number)| format!("UPDATE api_keys SET {times} WHERE name = 'key {number}';"));
    server.database.execute(&updates.collect::<String>());

    let environment =
        server.database.query("SELECT id AS value FROM environments WHERE name = 'dev'");
    let environment = keyrack::db::EnvironmentId::parse(&environment[0]).unwrap();
    server.write(|connection| -> keyrack::db::Result<()> {
        let project =
            keyrack::db::environments::find(connection, &environment)?.unwrap().project_id;
        let keys = api_keys::list_of_project(connection, &project, Some(&environment))?;
        assert_eq!(keys.len(), combinations.len());
        for status in
            [Status::Active, Status::Paused, Status::Expired, Status::Expiring, Status::Leaked]
        {
            let expected: BTreeSet<&str> = keys
                .iter()
                .map(|(listed, _)| &listed.key)
                .filter(|key| has_status(key, status, now))
                .map(|key| key.name.as_str())
                .collect();
            assert!(!expected.is_empty(), "{status:?}");
            for searched in ["", "key"] {
                let find = Find {
                    search: Search::parse(searched),
                    status: Some(status),
                    ..Find::default()
                };
                let mut found = BTreeSet::new();
                for page in 1..=(keys.len() as i64 / api_keys::PAGE_SIZE + 1) {
                    let listed =
                        api_keys::list(connection, &environment, Kind::Secret, &find, page, now)?;
                    assert_eq!(listed.total as usize, expected.len(), "{status:?} {searched}");
                    found.extend(listed.keys.into_iter().map(|listed| listed.key.name));
                }
                let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
                assert_eq!(found, expected, "{status:?} {searched}");
            }
        }
        Ok(())
    });
}
