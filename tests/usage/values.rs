//! During an overlap, which of the two values is called and by whom. Afterwards, who still calls
//! the former one.

use chrono::TimeDelta;
use keyrack::db::KeyId;
use keyrack::domain::api_keys::Digest;
use keyrack::domain::usage::{self, NotedValues, PLACES_A_DAY, Value, ValueCall};
use keyrack::domain::verification::find_all;

use super::{DEV, verify};
use crate::support::{Page, Server, SignedIn, eventually};

const CARD: &str = "section[aria-labelledby=h-values]";

/// Rotates a key; gives its new value.
async fn rotate(who: &SignedIn, id: &str, overlap: &str) -> String {
    let form = who.get(&format!("{DEV}/{id}/rotate")).await.expect(200);
    let (token, rotations) = (
        form.attribute("input[name=token]", "value"),
        form.attribute("input[name=rotations]", "value"),
    );
    let fields = [("token", token.as_str()), ("rotations", &rotations), ("overlap", overlap)];
    who.post(&format!("{DEV}/{id}/rotate"), &fields).await.expect(200).text("#new-key")
}

async fn call(server: &Server, key: &str, address: &str, status: u16) {
    verify(server, key, &[("X-Forwarded-For", address)]).await.expect(status);
}

/// Waits until so many calls were written.
async fn written(server: &Server, count: usize) {
    let calls = || {
        server.database.count("SELECT coalesce(sum(accepted + refused), 0) FROM usage_value_places WHERE kind = 'address'")
    };
    eventually(|| calls() >= count).await;
    assert_eq!(calls(), count);
}

/// The rows of a table, without the time that a call came.
fn callers(page: &Page, label: &str) -> Vec<String> {
    let row = |n: usize| {
        page.texts(&format!("table[aria-label='{label}'] tbody tr:nth-child({n}) td")).join(" ")
    };
    (1..).map(row).take_while(|row| !row.is_empty()).collect()
}

fn sums(page: &Page) -> Vec<String> {
    page.texts("table[aria-labelledby=h-values] tbody td")
}

#[tokio::test]
async fn an_overlap_tells_which_value_is_called_and_when_it_is_safe_to_end_it() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}");
    call(&server, &old, "10.0.0.1", 200).await;
    assert!(!ada.get(&path).await.has(CARD), "a key that has one value");
    let rotated = server.clock.now().format("%H:%M UTC").to_string();
    let new = rotate(&ada, &id, "7d").await;
    let page = ada.get(&path).await.expect(200);
    let safe = page.text("#safe");
    assert!(
        safe.contains(&rotated)
            && safe.ends_with(", but nothing has called the new one yet either."),
        "{safe}"
    );
    let masks = [&old, &new].map(|key| format!("{}••••••••{}", &key[..7], &key[63..]));
    let (first, second) = (format!("Old {}", masks[0]), format!("New {}", masks[1]));
    assert_eq!(sums(&page), [&first, "0", "0", "none yet", &second, "0", "0", "none yet"]);

    for address in ["10.0.0.7", "10.0.0.7", "10.0.0.8"] {
        call(&server, &old, address, 200).await;
    }
    call(&server, &new, "10.0.0.9", 200).await;
    written(&server, 4).await;
    server.clock.advance(TimeDelta::minutes(3));
    let page = ada.get(&path).await.expect(200);
    assert_eq!(
        page.text("#safe"),
        "Don't end the overlap yet: 3 calls with the old value in the last hour, from 10.0.0.8, 10.0.0.7."
    );
    assert!(page.has(".note.warn #safe"));
    assert_eq!(
        sums(&page),
        [&first, "3", "3", "3 minutes ago", &second, "1", "1", "3 minutes ago"]
    );
    assert_eq!(
        callers(&page, "Address, old value"),
        ["10.0.0.8 1 3 minutes ago", "10.0.0.7 2 3 minutes ago"]
    );
    assert_eq!(callers(&page, "Address, new value"), ["10.0.0.9 1 3 minutes ago"]);

    // Refused calls are calls, too: somebody has the value.
    server.clock.advance(TimeDelta::minutes(62));
    ada.post(&format!("{path}/pause"), &[]).await.expect(303);
    call(&server, &old, "10.0.0.7", 401).await;
    written(&server, 5).await;
    let page = ada.get(&path).await;
    assert!(
        page.text("#safe").contains("1 call with the old value in the last hour, from 10.0.0.7."),
        "{}",
        page.text("#safe")
    );
    ada.post(&format!("{path}/resume"), &[]).await.expect(303);

    server.clock.advance(TimeDelta::hours(2));
    let page = ada.get(&path).await;
    let safe = page.text("#safe");
    assert!(
        safe.starts_with("Nothing has called the old value since ")
            && safe.contains("2 hours ago. What calls less often"),
        "{safe}"
    );
    assert_eq!(sums(&page)[..4], [&first, "0", "4", "2 hours ago"]);
    assert!(!page.has(".note.warn #safe") && !page.has(".note.ok #safe"));

    server.clock.advance(TimeDelta::hours(23));
    let ada = server.sign_in("ada@example.com").await;
    let page = ada.get(&path).await;
    let safe = page.text(".note.ok #safe");
    assert!(
        safe.starts_with(
            "It looks safe to end the overlap: nothing has called the old value since "
        ),
        "{safe}"
    );
    assert!(safe.ends_with("1 day ago."), "{safe}");
    assert_eq!(sums(&page)[..4], [&first, "0", "0", "1 day ago"]);

    // Afterwards there is one value again, and nothing is told apart.
    ada.post(&format!("{path}/end-overlap"), &[]).await.expect(303);
    call(&server, &new, "10.0.0.9", 200).await;
    assert!(!ada.get(&path).await.has(CARD));
    let before = server.database.count("SELECT count(*) FROM usage_hours");
    eventually(|| server.database.count("SELECT count(*) FROM usage_hours") >= before).await;
    assert_eq!(server.database.count("SELECT coalesce(sum(accepted + refused), 0) FROM usage_value_places WHERE kind = 'address'"), 5);
}

#[tokio::test]
async fn pages_of_browsers_are_named_and_many_callers_are_and_others() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "publishable", "my-app-key").await;
    rotate(&ada, &id, "24h").await;
    for n in 0..25 {
        let headers = [
            ("X-Forwarded-For", format!("10.0.0.{n}")),
            ("Origin", "https://app.example.com".to_owned()),
        ];
        verify(&server, &old, &headers.each_ref().map(|(name, value)| (*name, value.as_str())))
            .await
            .expect(200);
    }
    written(&server, 25).await;
    let page = ada.get(&format!("{DEV}/{id}")).await;
    assert!(
        page.text("#safe").ends_with(
            "25 calls with the old value in the last hour, from https://app.example.com."
        ),
        "{}",
        page.text("#safe")
    );
    let rows = callers(&page, "Address, old value");
    assert_eq!(rows.len(), PLACES_A_DAY + 1);
    assert_eq!(rows[PLACES_A_DAY], "and others 5 just now");
    assert_eq!(callers(&page, "Origin, old value"), ["https://app.example.com 25 just now"]);
    // A second rotation begins from nothing.
    ada.post(&format!("{DEV}/{id}/end-overlap"), &[]).await.expect(303);
    rotate(&ada, &id, "24h").await;
    assert!(callers(&ada.get(&format!("{DEV}/{id}")).await, "Address, old value").is_empty());
}

#[tokio::test]
async fn whoever_calls_a_value_after_its_end_was_left_behind() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}");
    let next = rotate(&ada, &id, "24h").await;
    call(&server, &old, "10.0.0.1", 200).await;
    written(&server, 1).await;
    server.clock.advance(TimeDelta::minutes(10));
    ada.post(&format!("{path}/end-overlap"), &[]).await.expect(303);
    ada.get(&path).await;
    assert!(!ada.get(&path).await.has(".note.warn"), "nobody called since the end");
    call(&server, &old, "10.0.0.7", 401).await;
    call(&server, &old, "10.0.0.7", 401).await;
    written(&server, 3).await;
    server.clock.advance(TimeDelta::minutes(5));
    let note = ada.get(&path).await.text(".note.warn");
    assert!(note.starts_with("A value that was rotated away is still being called."), "{note}");
    let mask = format!("{}••••••••{}", &old[..7], &old[63..]);
    assert!(
        note.contains(&mask)
            && note.contains(
                "2 refused calls in the last 24 hours, from 10.0.0.7, the last 5 minutes ago"
            ),
        "{note}"
    );
    // The same without an overlap; both are told.
    rotate(&ada, &id, "0").await;
    call(&server, &next, "10.0.0.8", 401).await;
    written(&server, 4).await;
    let notes = ada.get(&path).await.texts(".note.warn");
    assert_eq!(notes.len(), 2);
    assert!(
        notes[0].contains("1 refused call in the last 24 hours, from 10.0.0.8, the last just now"),
        "{notes:?}"
    );
    // A day later it is over.
    server.clock.advance(TimeDelta::hours(25));
    let ada = server.sign_in("ada@example.com").await;
    assert!(!ada.get(&path).await.has(".note.warn"));
    // Of a deleted key the page says more important things.
    call(&server, &next, "10.0.0.8", 401).await;
    ada.delete_key(DEV, &id, "server-key").await.expect(303);
    assert!(!ada.get(&path).await.has(".note.warn"));
}

#[tokio::test]
async fn callers_that_came_no_more_make_room_and_all_of_it_is_forgotten_in_the_end() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    rotate(&ada, &id, "7d").await;
    let digest = *Digest::of_presented(old.as_bytes()).unwrap().bytes();
    let value = Value::of(&server.write(|c| find_all(c, &digest))[0]).unwrap();
    let key = KeyId::parse(&id).unwrap();
    let begun = server.clock.now();
    let note = |noted: &mut NotedValues, address: &str, hours: i64| {
        let at = begun + TimeDelta::hours(hours);
        noted.note(&ValueCall {
            value,
            accepted: true,
            at,
            address: Some(address.parse().unwrap()),
            origin: None,
        });
    };
    let mut noted = NotedValues::default();
    for n in 0..PLACES_A_DAY {
        note(&mut noted, &format!("10.0.0.{n}"), 0);
    }
    note(&mut noted, "10.0.0.3", 20);
    note(&mut noted, "192.0.2.1", 20);
    let entries = noted.take();
    server.write(|c| usage::write_values(c, &entries));
    note(&mut noted, "192.0.2.2", 25);
    note(&mut noted, "192.0.2.1", 25);
    let entries = noted.take();
    server.write(|c| usage::write_values(c, &entries));
    let told =
        server.write(|c| usage::value_use(c, &key, &digest, begun, begun + TimeDelta::hours(25)));
    let places: Vec<(&str, u64)> = told
        .addresses
        .iter()
        .map(|caller| (caller.place.as_str(), caller.counts.accepted))
        .collect();
    assert_eq!(places.len(), PLACES_A_DAY + 1);
    assert_eq!(places[..3], [("192.0.2.1", 1), ("192.0.2.2", 1), ("10.0.0.3", 2)]);
    assert_eq!(places[PLACES_A_DAY], ("", 3), "two that were stale are others now");
    assert_eq!(places.iter().map(|(_, calls)| calls).sum::<u64>(), 24);
    assert_eq!(server.database.count("SELECT count(*) FROM usage_values"), 3);

    server.clock.advance(TimeDelta::hours(51));
    eventually(|| server.database.count("SELECT count(*) FROM usage_values") == 0).await;
    assert_eq!(server.database.count("SELECT count(*) FROM usage_value_places"), PLACES_A_DAY + 1);
    server.clock.advance(TimeDelta::days(30));
    eventually(|| server.database.count("SELECT count(*) FROM usage_value_places") == 0).await;
}
