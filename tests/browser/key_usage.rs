//! A busy key: its chart, what its deletion would break, and what is shown about it afterwards.

use std::fmt::Write as _;

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;

use super::{ADA, DEV, hang, server};
use crate::support::Browser;

#[tokio::test]
async fn the_calls_of_a_busy_key_are_seen_before_and_after_it_is_deleted() {
    let server = server().await;
    hang(&server, "dev", Kind::Publishable, &["my-app-key"]);
    let id = server
        .database
        .query("SELECT id AS value FROM api_keys WHERE name = 'my-app-key'")
        .remove(0);
    let (now, mut sql) = (server.clock.now(), String::new());
    let hour = |ago: i64| (now - TimeDelta::hours(ago)).format("%Y-%m-%d %H:00:00").to_string();
    for ago in 0..365 * 24_i64 {
        let (accepted, refused) =
            (40 + (ago * 37) % 100 + (ago % 24) * 9, if ago % 7 == 3 { ago % 29 } else { 0 });
        write!(sql, "INSERT INTO usage_hours (key_id, hour, accepted, refused) VALUES ('{id}', '{}', {accepted}, {refused});", hour(ago))
            .unwrap();
    }
    for (kind, place, count) in [
        ("address", "203.0.113.24", 6204),
        ("address", "2001:db8:4:a:b:c:d:7777", 2101),
        ("address", "", 12),
        ("origin", "https://app.a-rather-long-name.example.com:8443", 8300),
    ] {
        let day = now.format("%Y-%m-%d 00:00:00");
        write!(sql, "INSERT INTO usage_places (key_id, day, kind, place, accepted, refused) VALUES ('{id}', '{day}', '{kind}', '{place}', {count}, 3);").unwrap();
    }
    write!(
        sql,
        "INSERT INTO usage_latest (key_id, accepted_at) VALUES ('{id}', '{}')",
        now - TimeDelta::minutes(2)
    )
    .unwrap();
    server.database.execute(&sql);

    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.click_on("my-app-key").await;
    browser.read("figure output", "refused in 2 days").await;
    // Hours and days are the reader's own.
    browser
        .cdp("Emulation.setTimezoneOverride", serde_json::json!({ "timezoneId": "Asia/Kolkata" }))
        .await;
    browser.reload().await; // tells the zone
    browser.reload().await;
    browser.read("figure .hint", "Calls per hour. Time zone: Asia/").await;
    assert_eq!(&browser.text(".axis span").await[3..], " 00:30");
    browser.until("/^\\w+ 00:30: .* accepted, /.test(document.querySelector('.plot g').getAttribute('aria-label'))").await;
    browser.look("key-calls").await;
    browser.eval("document.querySelector('.plot g').focus()").await;
    let first = browser.text("figure output").await;
    browser.press("\u{e014}").await;
    let second = browser.text("figure output").await;
    assert!(
        first.ends_with("refused") && second.ends_with("refused") && first != second,
        "{first}, {second}"
    );
    browser.click_on("90d").await;
    browser.read("figure output", "refused in 90 days").await; // of a year that is kept
    browser.look("key-calls-90d").await;
    browser.go(DEV).await;
    browser.click("#publishable-rows .btn").await;
    browser.read("dialog .note", "Last call 2 minutes ago.").await;
    browser.look("delete-in-use").await;
    browser.click_on("Pause instead").await;
    browser.read(".note.warn", "Paused.").await;
    server.database.execute(&format!(
        "UPDATE api_keys SET deleted_at = '{}' WHERE id = '{id}'; UPDATE usage_latest SET refused_at = '{}', refused_address = '2001:db8:4:a:b:c:d:7777'",
        now - TimeDelta::hours(30),
        now - TimeDelta::minutes(1)
    ));
    browser.go(&format!("{DEV}/deleted")).await;
    browser.read("td.name", "Still called").await;
    browser.look("deleted-still-called").await;
    browser.go("/projects/my-blog").await;
    browser.read("main .note.warn", "A deleted key is still being called.").await;
    browser.look("overview-attention").await;
    browser.quit().await;
}
