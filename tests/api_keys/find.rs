//! Finding a key by name, mask, note or id, by status, and in an order. All of that is in the
//! address.

use chrono::TimeDelta;

use super::{DEV, list::fill, names};
use crate::support::{Page, Server, SignedIn};

async fn search(who: &SignedIn, q: &str, status: &str, sort: &str) -> (String, Page) {
    let answer = who
        .post(&format!("{DEV}/search"), &[("q", q), ("status", status), ("sort", sort)])
        .await
        .expect(303);
    let address = answer.location().to_owned();
    let page = who.get(&address).await.expect(200);
    (address, page)
}

#[tokio::test]
async fn words_of_a_note_and_ids_find_a_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (_, other) = ada.create_key(DEV, "secret", "other").await;
    let note = "Called by the Newsletter worker.\nAsk dana@example.com (Zürich)";
    ada.post(&format!("{DEV}/{id}/edit"), &[("name", "server-key"), ("note", note)])
        .await
        .expect(303);
    for found in [
        "newsletter",
        "NEWSLETTER WORK",
        "worker. ask dana",
        "dana@",
        "example.com",
        "zürich",
        "ZU\u{308}RICH",
        "called by",
        "by",
        &id,
        &id[..34],
    ] {
        assert_eq!(
            names(&search(&ada, found, "", "").await.1, "secret"),
            ["server-key"],
            "{found}"
        );
    }
    assert_eq!(names(&search(&ada, &other, "", "").await.1, "secret"), ["other"]);
    for none in ["etter", "key_", "key_zzzz", "%", "dana example", "alled", "ask  nobody"] {
        assert!(names(&search(&ada, none, "", "").await.1, "secret").is_empty(), "{none}");
    }
    // A note that is changed is found by what it says now; elsewhere it is not found.
    ada.post(&format!("{DEV}/{id}/edit"), &[("name", "server-key"), ("note", "billing")])
        .await
        .expect(303);
    assert!(names(&search(&ada, "newsletter", "", "").await.1, "secret").is_empty());
    assert_eq!(names(&search(&ada, "bill", "", "").await.1, "secret"), ["server-key"]);
    assert!(names(&ada.get("/projects/my-blog/prod/api-keys?q=bill").await, "secret").is_empty());
}

#[tokio::test]
async fn status_and_order_stand_in_the_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for name in ["delta", "alpha", "Charlie", "bravo"] {
        ada.create_key(DEV, "secret", name).await;
    }
    let at = |days: i64| server.clock.now() + TimeDelta::days(days);
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = '{}' WHERE name = 'alpha'; UPDATE api_keys SET expires_at = '{}' WHERE name = 'bravo';
         UPDATE api_keys SET paused_at = '{}' WHERE name = 'Charlie'; UPDATE api_keys SET expires_at = '{}' WHERE name = 'delta'",
        at(-1),
        at(13),
        at(0),
        at(15)
    ));
    for (status, found) in [
        ("", vec!["bravo", "Charlie", "alpha", "delta"]),
        ("active", vec!["bravo", "delta"]),
        ("expiring", vec!["bravo"]),
        ("expired", vec!["alpha"]),
        ("paused", vec!["Charlie"]),
        ("nonsense", vec!["bravo", "Charlie", "alpha", "delta"]),
    ] {
        let (address, page) = search(&ada, "", status, "newest").await;
        assert_eq!(
            address,
            if status.is_empty() || status == "nonsense" {
                DEV.to_owned()
            } else {
                format!("{DEV}?status={status}")
            }
        );
        assert_eq!(names(&page, "secret"), found, "{status}");
    }
    let (address, page) = search(&ada, "", "", "name").await;
    assert_eq!(
        (address, names(&page, "secret")),
        (
            format!("{DEV}?sort=name"),
            ["alpha", "bravo", "Charlie", "delta"].map(str::to_owned).to_vec()
        )
    );
    let (address, page) = search(&ada, "b", "active", "name").await;
    assert_eq!(address, format!("{DEV}?q=b&status=active&sort=name"));
    assert_eq!(names(&page, "secret"), ["bravo"]);
    assert_eq!(page.attribute("#status option[selected]", "value"), "active");
    assert_eq!(page.attribute("#sort option[selected]", "value"), "name");
    assert_eq!(page.text("#publishable .empty p"), "There are no publishable keys in dev.");
    assert_eq!(
        (page.has("#publishable .empty a"), page.attribute(".page-head a", "href")),
        (false, DEV.to_owned()),
        "the way back to all"
    );
    // What does not exist is ignored, as is a page that does not.
    for query in [
        "status=x&sort=y",
        "status=&sort=",
        "status=ACTIVE",
        "sort=oldest",
        "status=unused-31",
        "status=%00x",
    ] {
        let page = ada.get(&format!("{DEV}?{query}")).await;
        if query.contains("%00") {
            page.expect(400);
        } else {
            assert_eq!(names(&page.expect(200), "secret").len(), 4, "{query}");
        }
    }
}

#[tokio::test]
async fn pages_keep_status_and_order() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 120);
    let page = ada.get(&format!("{DEV}?q=key&status=active&sort=name")).await;
    let older = page.attribute("#secret footer a", "href");
    assert_eq!(older, format!("{DEV}?q=key&status=active&sort=name&page=2&kind=secret#secret"));
    assert_eq!(names(&page, "secret")[..3], ["key 1", "key 10", "key 100"]);
    assert!(ada.get(&older).await.text("#secret footer").starts_with("51–100 of 120"));
    for number in ["0", "-1", "1000000000000"] {
        ada.get(&format!("{DEV}?status=active&sort=name&kind=secret&page={number}"))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn ten_thousand_keys_are_searched_and_sorted_as_quickly_as_fifty() {
    let server = Server::start().await;
    let ada = server.ada().await;
    fill(&server.database, "secret", 10_000);
    server.database.execute("UPDATE api_keys SET paused_at = created_at WHERE name LIKE 'key 77%'");
    let environment =
        server.database.query("SELECT id AS value FROM environments WHERE name = 'dev'").remove(0);
    server.database.execute(&format!(
        "INSERT INTO key_terms (environment_id, term, key_id) SELECT '{environment}', 'worker ' || name, id FROM api_keys"
    ));
    for (query, count) in [
        ("sort=name", 50),
        ("q=worker", 50),
        ("q=worker+key+99", 50),
        ("status=paused", 50),
        ("status=expired", 0),
        ("status=unused-90", 0), // not known yet
        ("sort=last-used", 50),
        ("q=key+77&status=paused&sort=name", 50),
    ] {
        let started = std::time::Instant::now();
        let page = ada.get(&format!("{DEV}?{query}")).await.expect(200);
        assert!(
            started.elapsed() < std::time::Duration::from_millis(1500),
            "{query}: {:?}",
            started.elapsed()
        );
        assert_eq!(names(&page, "secret").len(), count, "{query}");
    }
    if server.database.is_postgres() {
        return; // its planner goes by statistics
    }
    let used = plan(
        &server,
        &format!(
            "SELECT k.* FROM api_keys k LEFT JOIN usage_latest u ON u.key_id = k.id
             WHERE k.environment_id = '{environment}' AND k.deleted_at IS NULL AND k.kind = 'secret' AND k.created_at <= '2026-01-01'
             AND (u.accepted_at IS NULL OR u.accepted_at < '2026-01-01') ORDER BY u.accepted_at IS NULL, u.accepted_at DESC LIMIT 50"
        ),
    );
    assert!(!used.contains("SCAN") && used.contains("PRIMARY KEY (key_id=?)"), "{used}");
    // Nor does a search, nor a status that few have: each has an index, and its keys are sorted
    // afterwards.
    let here =
        format!("environment_id = '{environment}' AND deleted_at IS NULL AND kind = 'secret'");
    let range = |column: &str| format!("{column} >= 'key 99' AND {column} < 'key 99z'");
    let found = format!(
        "id IN (SELECT id FROM api_keys WHERE {here} AND {} UNION ALL SELECT id FROM api_keys WHERE deleted_at IS NULL AND environment_id = '{environment}'
         AND {} UNION ALL SELECT id FROM api_keys WHERE {} UNION ALL SELECT key_id FROM key_terms WHERE environment_id = '{environment}' AND {})",
        range("name_folded"),
        range("mask"),
        range("id"),
        range("term"),
    );
    let newest = "ORDER BY coalesce(created_at, created_at) DESC, coalesce(id, id) DESC";
    for (condition, order, index) in [
        (
            format!(
                "{found} AND coalesce(deleted_at, deleted_at) IS NULL AND coalesce(environment_id, environment_id) = '{environment}'"
            ),
            newest,
            "api_keys_1 (id=?)",
        ),
        (
            format!(
                "{here} AND paused_at IS NOT NULL AND (expires_at IS NULL OR expires_at > 'x')"
            ),
            newest,
            "api_keys_paused",
        ),
        (
            format!(
                "{here} AND expires_at IS NOT NULL AND (expires_at <= 'x' OR expired_at IS NOT NULL)"
            ),
            newest,
            "api_keys_by_expiry",
        ),
        (
            format!("{here} AND (leaked_at IS NOT NULL OR former_leaked_at IS NOT NULL)"),
            newest,
            "api_keys_leaked",
        ),
        (here.clone(), "ORDER BY name_folded", "api_keys_living_name"),
        (here.clone(), "ORDER BY created_at DESC, id DESC", "api_keys_newest"),
    ] {
        let plan =
            plan(&server, &format!("SELECT id FROM api_keys WHERE {condition} {order} LIMIT 50"));
        assert!(
            !plan.contains("SCAN api_keys") && plan.lines().next().unwrap().contains(index),
            "{condition}: {plan}"
        );
    }
}

fn plan(server: &Server, sql: &str) -> String {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let mut connection = diesel::SqliteConnection::establish(server.database.url()).unwrap();
    let steps: Vec<Step> =
        diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut connection).unwrap();
    steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
}
