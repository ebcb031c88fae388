//! The list: the newest keys first, fifty on a page, and each card with pages of its own.

use super::{DEV, names};
use crate::support::{Server, TestDatabase};

/// Keys 1 to `count`, each a second younger than the one before.
pub fn fill(database: &TestDatabase, kind: &str, count: u32) {
    let environment = &database.query("SELECT id AS value FROM environments WHERE name = 'dev'")[0];
    let (numbers, time) = if database.is_postgres() {
        (
            format!("generate_series(1, {count}) AS s(n)"),
            "timestamp '2026-01-01' + n * interval '1 second'",
        )
    } else {
        (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s) s"
            ),
            "datetime('2026-01-01', n || ' seconds')",
        )
    };
    let prefix = if kind == "secret" { "sk" } else { "pk" };
    let hex = if database.is_postgres() { "lpad(to_hex(n), 4, '0')" } else { "printf('%04x', n)" };
    let digest = if database.is_postgres() {
        format!("decode(md5('{kind}' || n), 'hex')")
    } else {
        format!("CAST('{kind}' || n AS BLOB)")
    };
    database.execute(&format!(
        "INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, created_at)
         SELECT 'key_{prefix}' || {hex} || '00000000000000000000000000', '{environment}', (SELECT project_id FROM environments WHERE id = '{environment}'), '{kind}', 'key ' || n, 'key ' || n,
                '{prefix}_' || {hex} || '••••••••0000', {digest}, {time} FROM {numbers}"
    ));
}

#[tokio::test]
async fn up_to_ten_keys_stand_without_numbers_or_search() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 10);
    let page = ada.get(DEV).await;
    assert_eq!(names(&page, "secret").len(), 10);
    assert!(!page.has("#secret footer") && !page.has("input[type=search]"));
    ada.create_key(DEV, "secret", "one more").await;
    let page = ada.get(DEV).await;
    assert_eq!(page.text("#secret footer"), "1–11 of 11");
    assert!(page.has("input[type=search]") && !page.has("#secret footer a"));
}

#[tokio::test]
async fn fifty_stand_on_a_page_newest_first() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 120);
    let numbered =
        |from: u32, to: u32| (to..=from).rev().map(|n| format!("key {n}")).collect::<Vec<_>>();
    let page = ada.get(DEV).await;
    assert_eq!(names(&page, "secret"), numbered(120, 71));
    assert!(page.text("#secret footer").starts_with("1–50 of 120"));
    let older = page.attribute("#secret footer a", "href");
    assert_eq!(older, format!("{DEV}?page=2&kind=secret#secret"));
    let page = ada.get(&older).await;
    assert_eq!(names(&page, "secret"), numbered(70, 21));
    assert!(page.text("#secret footer").starts_with("51–100 of 120"));
    assert_eq!(page.texts("#secret footer a"), ["Newer", "Older"]);
    let page = ada.get(&format!("{DEV}?page=3&kind=secret")).await;
    assert_eq!(names(&page, "secret"), numbered(20, 1));
    assert!(page.text("#secret footer").starts_with("101–120 of 120"));
    assert_eq!(page.texts("#secret footer a"), ["Newer"]);
}

#[tokio::test]
async fn kind_says_which_card_turns() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 60);
    fill(&server.database, "publishable", 60);
    for (kind, other) in [("secret", "publishable"), ("publishable", "secret")] {
        let page = ada.get(&format!("{DEV}?kind={kind}&page=2")).await;
        assert!(page.text(&format!("#{kind} footer")).starts_with("51–60 of 60"));
        assert!(page.text(&format!("#{other} footer")).starts_with("1–50 of 60"));
    }
    let page = ada.get(&format!("{DEV}?page=2")).await;
    assert!(
        page.text("#secret footer").starts_with("1–50 of 60")
            && page.text("#publishable footer").starts_with("1–50 of 60")
    );
}

#[tokio::test]
async fn a_page_that_is_none_is_answered_with_the_nearest() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 60);
    let (first, last) = ("1–50 of 60", "51–60 of 60");
    let huge = "9".repeat(60);
    for (number, span) in [
        ("0", first),
        ("-1", first),
        ("abc", first),
        ("", first),
        ("1.5", first),
        ("%20", first),
        ("-9223372036854775809", first),
        ("3", last),
        ("1000000000000", last),
        ("9223372036854775807", last),
        ("9223372036854775808", last),
        (&huge, last),
    ] {
        let page = ada.get(&format!("{DEV}?kind=secret&page={number}")).await.expect(200);
        assert!(
            page.text("#secret footer").starts_with(span),
            "{number}: {}",
            page.text("#secret footer")
        );
    }
    // Without keys too.
    let page =
        ada.get("/projects/my-blog/prod/api-keys?kind=secret&page=1000000000000").await.expect(200);
    assert_eq!(names(&page, "secret").len(), 0);
}

#[tokio::test]
async fn ten_thousand_keys_are_as_quick_as_fifty() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 10_000);
    for address in
        [DEV.to_owned(), format!("{DEV}?kind=secret&page=200"), format!("{DEV}?q=key+99")]
    {
        let started = std::time::Instant::now();
        let page = ada.get(&address).await.expect(200);
        // A debug build on a busy machine; a scan of everything per row would take far longer.
        assert!(
            started.elapsed() < std::time::Duration::from_millis(1500),
            "{address}: {:?}",
            started.elapsed()
        );
        assert_eq!(names(&page, "secret").len(), 50, "{address}");
    }
    assert!(ada.get(DEV).await.text("#secret footer").starts_with("1–50 of 10,000"));
}
