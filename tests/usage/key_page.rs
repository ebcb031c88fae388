//! The page of a key: its calls over time, and where they come from.

use chrono::{TimeDelta, Timelike};
use keyrack::domain::usage;
use keyrack::domain::zone::Zone;
use reqwest::Method;

use super::{DEV, verify, written};
use crate::support::{PASSWORD, Page, Server};

#[tokio::test]
async fn the_page_draws_accepted_and_refused_calls_and_says_the_numbers() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}");
    let page = ada.get(&path).await.expect(200);
    assert!(
        !page.has("svg[role=group]")
            && page
                .text("section[aria-labelledby=h-calls] .hint")
                .starts_with("No calls in the last 2 days.")
    );
    assert_eq!(
        page.text("section[aria-labelledby=h-where] .hint"),
        "It was not called from anywhere."
    );
    let used = |page: &Page| page.texts("dl dd")[4].clone();
    assert_eq!(used(&page), "not yet");
    for _ in 0..3 {
        verify(&server, &key, &[("X-Forwarded-For", "198.51.100.7")]).await.expect(200);
    }
    verify(&server, &key, &[("X-Forwarded-For", "2001:db8::1"), ("Origin", "https://a.example")])
        .await;
    written(&server.database, 4).await;
    server.clock.advance(TimeDelta::hours(1));
    ada.post(&format!("{path}/pause"), &[]).await.expect(303);
    for _ in 0..2 {
        verify(&server, &key, &[("X-Forwarded-For", "198.51.100.7")]).await.expect(401);
    }
    written(&server.database, 6).await;

    let hour = server.clock.now().format("%a %H:00");
    let hours = 24 + server.clock.now().hour() as usize + 1;
    let page = ada.get(&path).await.expect(200);
    assert_eq!(used(&page), "1 hour ago");
    let labels: Vec<String> = page.texts("svg g title");
    assert_eq!(labels.len(), hours, "of yesterday and today, as for the places");
    assert_eq!(labels[hours - 1], format!("{hour}: 0 accepted, 2 refused"));
    assert_eq!(page.text("figure .hint"), "Calls per hour. Time zone: UTC.");
    assert_eq!(page.texts("figure .scale span"), ["4", "2", "0"]);
    let said = page.text("figure output");
    assert_eq!(said, "3 accepted, 3 refused in 2 days");
    assert_eq!(page.texts("svg g[tabindex='0']").len(), 1, "one stop for the whole plot");
    assert_eq!(page.texts("figure details tbody tr").len(), hours);
    assert_eq!(
        page.texts("figure details tbody tr:last-child td"),
        [hour.to_string(), "0".to_owned(), "2".to_owned()]
    );
    assert!(page.attribute(".seg a[aria-current]", "href").ends_with("?range=2d"));
    assert!(!page.body.contains("style="), "only attributes");
    assert_eq!(
        page.texts("table[aria-label=Address] tbody tr:first-child td"),
        ["198.51.100.7", "3", "2"]
    );
    assert!(!page.has("table[aria-label=Origin]"), "of publishable keys only");
}

#[tokio::test]
async fn longer_ranges_are_drawn_by_day_and_what_does_not_exist_is_the_shortest() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "publishable", "my-app-key").await;
    verify(&server, &key, &[("Origin", "https://app.example.com")]).await.expect(200);
    written(&server.database, 1).await;
    server.clock.advance(TimeDelta::days(6));
    let ada = server.sign_in("ada@example.com").await;
    for (range, bars, sum) in [
        ("2d", 2, None),
        ("24h", 2, None),
        ("7d", 7, Some("7 days")),
        ("30d", 30, Some("30 days")),
        ("90d", 90, Some("90 days")),
        ("", 2, None),
        ("1000d", 2, None),
        ("24h%27--", 2, None),
    ] {
        let page = ada.get(&format!("{DEV}/{id}?range={range}")).await.expect(200);
        match sum {
            None => assert!(
                page.text("section[aria-labelledby=h-calls] .hint")
                    .starts_with("No calls in the last 2 days."),
                "{range}"
            ),
            Some(span) => {
                assert_eq!(page.texts("svg g title").len(), bars);
                assert_eq!(page.text("figure output"), format!("1 accepted, 0 refused in {span}"));
                assert!(
                    page.attribute(".seg a[aria-current]", "href")
                        .ends_with(&format!("?range={range}"))
                );
                assert_eq!(
                    page.texts("table[aria-label=Origin] tbody td"),
                    ["https://app.example.com", "1", "0"]
                );
            }
        }
    }
    assert!(
        ada.get(&format!("{DEV}/{id}?range=7d")).await.texts("svg g title")[0]
            .ends_with(": 1 accepted, 0 refused"),
        "the first of seven days"
    );
}

#[tokio::test]
async fn many_places_are_and_others_and_what_was_before_counting_is_not_a_never() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    for n in 0..25 {
        verify(&server, &key, &[("X-Forwarded-For", &format!("10.0.0.{n}"))]).await.expect(200);
    }
    written(&server.database, 25).await;
    let page = ada.get(&format!("{DEV}/{id}")).await;
    assert_eq!(page.texts("table[aria-label=Address] tbody tr").len(), 21);
    assert_eq!(
        page.texts("table[aria-label=Address] tbody tr:last-child td"),
        ["and others", "5", "0"]
    );
    let (_, old) = ada.create_key(DEV, "secret", "old-key").await;
    server.database.execute(&format!(
        "UPDATE api_keys SET created_at = '2026-03-03 09:00:00' WHERE id = '{old}'"
    ));
    let page = ada.get(&format!("{DEV}/{old}")).await;
    assert!(
        page.texts("dl dd")[4].starts_with("not since tracking began on "),
        "{:?}",
        page.texts("dl dd")
    );
    assert!(
        page.texts("section[aria-labelledby=h-calls] .hint")[1]
            .starts_with("Calls are counted since ")
    );
}

#[tokio::test]
async fn the_confirmation_of_a_deletion_says_who_would_miss_the_key() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}/delete");
    let page = ada.get(&path).await.expect(200);
    let today = server.clock.now().format("%-d %b %Y");
    assert!(
        page.text("main .note")
            .contains(&format!("Nothing has called it since {today}, when it was created.")),
        "{}",
        page.text("main .note")
    );
    assert!(!page.has("#pause-instead"));
    for address in ["198.51.100.7", "198.51.100.7", "198.51.100.8"] {
        verify(&server, &key, &[("X-Forwarded-For", address)]).await.expect(200);
    }
    written(&server.database, 3).await;
    server.clock.advance(TimeDelta::minutes(2));
    let says =
        "3 calls in the last 24 hours, 3 in 7 days, from 2 addresses. Last call 2 minutes ago.";
    for page in [
        ada.get(&path).await.expect(200),
        ada.hx_get(&path).await.expect(200),
        ada.delete_key(DEV, &id, "wrong").await.expect(422),
    ] {
        assert!(page.text(".note.danger").contains(says), "{}", page.text(".note.danger"));
        assert_eq!(page.text("button[form=pause-instead]"), "Pause instead");
        assert_eq!(page.attribute("#pause-instead", "action"), format!("{DEV}/{id}/pause"));
    }
    // Whoever pauses it is not asked again, nor once it is quiet.
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    assert!(!ada.get(&path).await.has("#pause-instead"));
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = '{}' WHERE id = '{id}'",
        server.clock.now()
    ));
    assert!(!ada.get(&path).await.has("#pause-instead"), "expired");
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = NULL, expired_at = NULL WHERE id = '{id}'"
    ));
    server.clock.advance(TimeDelta::days(2));
    let ada = server.sign_in("ada@example.com").await;
    let page = ada.get(&path).await;
    assert!(
        page.text("main .note").contains("0 calls in the last 24 hours, 3 in 7 days"),
        "{}",
        page.text("main .note")
    );
    assert!(!page.has("#pause-instead"));
    let last = server
        .database
        .query("SELECT CAST(accepted_at AS TEXT) AS value FROM usage_latest")
        .remove(0);
    server.clock.advance(TimeDelta::days(8));
    let note = server.sign_in("ada@example.com").await.get(&path).await.text("main .note");
    assert!(
        note.contains("Nothing has called it since ")
            && note.contains(&format!("{} UTC.", &last[11..16])),
        "{note}"
    );
}

#[tokio::test]
async fn the_last_24_hours_are_the_same_wherever_they_stand() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    server.database.execute(&format!(
        "UPDATE api_keys SET deleted_at = '{}' WHERE id = '{id}'; INSERT INTO usage_latest (key_id, refused_at) VALUES ('{id}', '{}')",
        server.clock.now() - TimeDelta::days(2),
        server.clock.now() - TimeDelta::minutes(1)
    ));
    let hour = |ago: i64| {
        (server.clock.now() - TimeDelta::hours(ago)).format("%Y-%m-%d %H:00:00").to_string()
    };
    for (ago, refused) in [(0, 1), (23, 20), (24, 300)] {
        let row = format!(
            "INSERT INTO usage_hours (key_id, hour, accepted, refused) VALUES ('{id}', '{}', 0, {refused})",
            hour(ago)
        );
        server.database.execute(&row);
        let why = format!(
            "INSERT INTO usage_refusals (key_id, hour, reason, calls) VALUES ('{id}', '{}', 'deleted', {refused})",
            hour(ago)
        );
        server.database.execute(&why);
    }
    let path = format!("{DEV}/{id}");
    let row = ada.get(&format!("{DEV}/deleted")).await.text("td[data-label='Refused calls']");
    assert_eq!(row, "21 in 24 hours, 321 in all");
    server.database.execute(&format!(
        "UPDATE api_keys SET deleted_at = NULL, deleted_by = NULL WHERE id = '{id}'"
    ));
    let note = ada.get(&format!("{path}/delete")).await.text("main .note");
    assert!(
        note.contains("21 calls in the last 24 hours, 321 in 7 days; all were refused."),
        "{note}"
    );
}

#[tokio::test]
async fn the_chart_and_where_it_is_used_tell_of_the_same_calls() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (every, calls) = (7, 29);
    for call in 1..=calls {
        let address = format!("10.0.0.{}", call % 5);
        verify(&server, &key, &[("X-Forwarded-For", &address)]).await.expect(200);
        written(&server.database, call).await;
        server.clock.advance(TimeDelta::hours(every));
    }
    let ada = server.sign_in("ada@example.com").await;
    for range in ["2d", "7d", "30d"] {
        let page = ada.get(&format!("{DEV}/{id}?range={range}")).await.expect(200);
        let drawn = page.text("figure output");
        let drawn: usize = drawn.split(' ').next().unwrap().parse().unwrap();
        let accepted = page.texts("table[aria-label=Address] td[data-label=Accepted]");
        let placed: usize = accepted.iter().map(|n| n.parse::<usize>().unwrap()).sum();
        assert_eq!(drawn, placed, "{range}");
        assert!(drawn > 1, "{range}");
    }
}

#[tokio::test]
async fn hours_and_days_are_those_of_the_reader_who_is_told_which() {
    let server = Server::start().await;
    let (_, id) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let now = server.clock.now();
    for ago in 0..96 {
        let hour = (now - TimeDelta::hours(ago)).format("%Y-%m-%d %H:00:00");
        server.database.execute(&format!(
            "INSERT INTO usage_hours (key_id, hour, accepted, refused)
             VALUES ('{id}', '{hour}', 1, 0)"
        ));
    }
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "/projects")];
    let session = server.anonymous().post("/sign-in", &fields).await.expect(303).cookie("keyrack");
    for (cookie, zone) in [
        ("", "UTC"),
        ("keyrack-zone=Mars/Olympus", "UTC"),
        ("keyrack-zone=%00\"<script>", "UTC"),
        ("keyrack-zone=Asia/Kolkata", "Asia/Kolkata"), // +05:30
        ("keyrack-zone=America/Los_Angeles", "America/Los_Angeles"),
        ("keyrack-zone=Pacific/Kiritimati", "Pacific/Kiritimati"), // +14
    ] {
        let get = async |range: &str| {
            let request = server
                .anonymous()
                .request(Method::GET, &format!("{DEV}/{id}?range={range}"))
                .header("Cookie", format!("{session}; {cookie}"));
            Page::of(request.send().await.unwrap()).await.expect(200)
        };
        let there = Zone::parse(zone).unwrap();
        let page = get("7d").await;
        assert_eq!(page.text("figure .hint"), format!("Calls per day. Time zone: {zone}."));
        assert_eq!(page.text("figure th"), format!("Day ({zone})"));
        let today = there.date_of(now);
        for (row, ago) in (1..=7).rev().zip(0..) {
            let date = today - TimeDelta::days(ago);
            let calls = (0..96).filter(|ago| {
                let hour = usage::hour_of(now - TimeDelta::hours(*ago));
                there.date_of(hour) == date
            });
            assert_eq!(
                page.texts(&format!("figure tbody tr:nth-child({row}) td"))[..2],
                [date.format("%-d %b").to_string(), calls.count().to_string()],
                "{cookie}"
            );
        }
        let page = get("2d").await;
        assert_eq!(page.text("figure .hint"), format!("Calls per hour. Time zone: {zone}."));
        let last = there.clock(usage::hour_of(now)).format("%a %H:%M").to_string();
        assert_eq!(page.text("figure tbody tr:last-child td"), last);
        let since = page.text("section[aria-labelledby=h-where] header p");
        assert!(
            since.contains("UTC") && (zone == "UTC") == since.starts_with("The same"),
            "{since}"
        );
    }
}

/// A key whose calls are all refused is in nobody's use.
#[tokio::test]
async fn a_key_whose_calls_were_all_refused_is_not_in_use() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let path = format!("{DEV}/{id}");
    for _ in 0..2 {
        server.api().ask_for("my-blog/prod", &key, &[]).await.expect(401);
    }
    written(&server.database, 2).await;
    let note = ada.get(&format!("{path}/delete")).await.expect(200);
    let said = note.text(".note.danger");
    assert!(said.contains("2 calls in the last 24 hours, 2 in 7 days"), "{said}");
    assert!(said.contains("; all were refused."), "{said}");
    assert!(!said.contains("It is in use.") && !note.has("#pause-instead"), "{said}");
    assert!(!ada.get(&path).await.has(&format!("a[href='{path}/pause']")), "pausing does not ask");
}

#[tokio::test]
async fn nobody_says_that_nothing_called_before_counting_began() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "old-key").await;
    server.database.execute("UPDATE api_keys SET created_at = '2026-03-03 09:00:00'");
    let today = server.clock.now().format("%-d %b %Y");
    let note = ada.get(&format!("{DEV}/{id}/delete")).await.text("main .note");
    assert!(
        note.contains(&format!("Nothing has called it since {today}, when tracking began.")),
        "{note}"
    );
}
