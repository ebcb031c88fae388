//! What is known about verifications: their number, the last one, and where they came from.

mod bounded;
mod key_page;
mod left_behind;
mod page;
mod values;
mod written;

use keyrack::db::{self, KeyId};
use keyrack::domain::usage::{self, PlaceKind, Places, Range, first_day};
use keyrack::domain::zone::Zone;

use crate::support::{Page, Server, TestDatabase, eventually};

pub const DEV: &str = "/projects/my-blog/dev/api-keys";

/// Calls the verifier with a key, and these headers.
async fn verify(server: &Server, key: &str, headers: &[(&str, &str)]) -> Page {
    let headers: Vec<(&str, &[u8])> =
        headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    server.api().ask(key, &headers).await
}

fn calls(database: &TestDatabase) -> usize {
    database.count("SELECT coalesce(sum(accepted + refused), 0) FROM usage_hours")
}

/// Waits until so many calls were written.
async fn written(database: &TestDatabase, count: usize) {
    eventually(|| calls(database) >= count).await;
    assert_eq!(calls(database), count);
}

/// Calls in the last 24 hours: accepted, refused.
fn today(server: &Server, id: &str) -> (u64, u64) {
    let (id, now) = (KeyId::parse(id).unwrap(), server.clock.now());
    let totals = server.write(|c| usage::totals(c, &id, now));
    assert_eq!(totals.day, totals.week);
    (totals.day.accepted, totals.day.refused)
}

fn places(server: &Server, id: &str, kind: PlaceKind) -> Places {
    let (id, now) = (KeyId::parse(id).unwrap(), server.clock.now());
    let first = first_day(Range::Week, Zone::UTC, now);
    server.write(|c| usage::places(c, &id, kind, first) as db::Result<_>)
}
