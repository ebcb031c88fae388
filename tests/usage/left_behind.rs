//! Deleted keys that are still called, and keys that nobody calls any more.

use chrono::TimeDelta;

use super::{DEV, verify, written};
use crate::support::{Page, Server, SignedIn};

const OVERVIEW: &str = "/projects/my-blog";
const PROD: &str = "/projects/my-blog/prod/api-keys";

/// As everybody is told of it.
async fn rows(ada: &SignedIn) -> Vec<String> {
    ada.get(&format!("{DEV}/deleted"))
        .await
        .expect(200)
        .texts("tbody tr")
        .into_iter()
        .map(|row| row.replace("  ", " "))
        .collect()
}

#[tokio::test]
async fn deleted_keys_that_are_still_called_stand_first_and_the_overview_warns() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "left-behind").await;
    let (paused, paused_id) = ada.create_key(DEV, "secret", "was-paused").await;
    let (_, quiet) = ada.create_key(DEV, "secret", "quiet").await;
    ada.create_key(PROD, "secret", "living").await;
    // What was refused before it was deleted is not the deletion's.
    ada.post(&format!("{DEV}/{paused_id}/pause"), &[]).await.expect(303);
    verify(&server, &paused, &[]).await.expect(401);
    verify(&server, &key, &[]).await.expect(200);
    written(&server.database, 2).await;
    server.clock.advance(TimeDelta::hours(2));
    for (id, name) in [(&id, "left-behind"), (&paused_id, "was-paused"), (&quiet, "quiet")] {
        ada.delete_key(DEV, id, name).await.expect(303);
        server.clock.advance(TimeDelta::minutes(1));
    }
    assert!(!ada.get(OVERVIEW).await.has(".note.warn"));
    assert_eq!(
        ada.get(&format!("{DEV}/deleted")).await.texts("td.name .clamp"),
        ["quiet", "was-paused", "left-behind"]
    );
    for address in ["198.51.100.7", "203.0.113.9"] {
        verify(&server, &key, &[("X-Forwarded-For", address)]).await.expect(401);
    }
    written(&server.database, 4).await;
    server.clock.advance(TimeDelta::minutes(3));
    let page = ada.get(&format!("{DEV}/deleted")).await.expect(200);
    assert_eq!(page.texts("td.name .clamp"), ["left-behind", "quiet", "was-paused"]);
    assert_eq!(page.texts("td .badge.warn"), ["Still called"]);
    let told = rows(&ada).await;
    assert!(
        told[0].contains("2 in 24 hours, 2 in all")
            && told[0].contains("3 minutes ago from 203.0.113.9"),
        "{told:?}"
    );
    assert!(
        told[1].contains("none since it was deleted")
            && told[2].contains("none since it was deleted"),
        "{told:?}"
    );

    let page = ada.get(OVERVIEW).await.expect(200);
    assert!(
        page.text(".note.warn").contains("A deleted key is still being called."),
        "{}",
        page.text(".note.warn")
    );
    assert_eq!(page.attribute(".note.warn a", "href"), format!("{DEV}/deleted"));
    assert_eq!(tile(&page, 3), ["Deleted, still called", "1", "1 in dev: Deleted, still called"]);
    // A day later nobody calls any more, but what was is still told.
    server.clock.advance(TimeDelta::hours(25));
    let ada = server.sign_in("ada@example.com").await;
    assert!(!ada.get(OVERVIEW).await.has(".note.warn"));
    let page = ada.get(&format!("{DEV}/deleted")).await;
    assert_eq!(
        (page.texts("td.name .clamp")[0].as_str(), page.has("td .badge.warn")),
        ("quiet", false)
    );
    assert!(rows(&ada).await[2].contains("0 in 24 hours, 2 in all"));
}

/// The hour of the deletion has calls from before it, too.
#[tokio::test]
async fn what_was_refused_before_the_deletion_is_not_counted_after_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "was-paused").await;
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    for _ in 0..3 {
        verify(&server, &key, &[]).await.expect(401);
    }
    written(&server.database, 3).await;
    ada.delete_key(DEV, &id, "was-paused").await.expect(303);
    verify(&server, &key, &[]).await.expect(401);
    written(&server.database, 4).await;
    let told = rows(&ada).await;
    assert!(told[0].contains("1 in 24 hours, 1 in all"), "{told:?}");
}

fn tile(page: &Page, number: usize) -> Vec<String> {
    page.texts(&format!(".tiles .tile:nth-child({number}) > *"))
}

#[tokio::test]
async fn unused_keys_are_found_once_calls_are_counted_for_so_long() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (used, _) = ada.create_key(DEV, "secret", "used").await;
    ada.create_key(DEV, "secret", "unused").await;
    ada.create_key(DEV, "publishable", "old-app").await;
    ada.create_key(PROD, "secret", "unused-too").await;
    verify(&server, &used, &[]).await.expect(200);
    written(&server.database, 1).await;
    let find = |ada: SignedIn, query: &'static str| async move {
        ada.get(&format!("{DEV}?{query}")).await.expect(200)
    };
    let names = |page: &Page| page.texts("td.name .clamp");
    // Made long before counting began: nobody knows.
    server
        .database
        .execute("UPDATE api_keys SET created_at = '2026-01-01 00:00:00' WHERE name = 'old-app'");
    let page = find(ada.clone(), "status=unused-30").await;
    assert!(
        names(&page).is_empty() && page.text(".note").contains("known from"),
        "{}",
        page.text(".note")
    );
    assert!(tile(&ada.get(OVERVIEW).await, 2)[1].starts_with("known from "));

    server.clock.advance(TimeDelta::days(31));
    let ada = server.sign_in("ada@example.com").await;
    ada.create_key(DEV, "secret", "young").await;
    assert_eq!(names(&find(ada.clone(), "status=unused-30").await), ["old-app", "unused", "used"]);
    assert!(names(&find(ada.clone(), "status=unused-90").await).is_empty());
    verify(&server, &used, &[]).await.expect(200);
    written(&server.database, 2).await;
    assert_eq!(names(&find(ada.clone(), "status=unused-30").await), ["old-app", "unused"]);
    assert_eq!(
        names(&find(ada.clone(), "sort=last-used").await),
        ["old-app", "used", "young", "unused"]
    );
    assert_eq!(names(&find(ada.clone(), "q=u&status=unused-30&sort=last-used").await), ["unused"]);

    server.clock.advance(TimeDelta::days(60));
    let ada = server.sign_in("ada@example.com").await;
    assert_eq!(names(&find(ada.clone(), "status=unused-90").await), ["old-app", "unused"]);
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = '{}' WHERE name = 'unused'",
        server.clock.now() + TimeDelta::days(13)
    ));
    let page = ada.get(OVERVIEW).await;
    assert_eq!(tile(&page, 1), ["Expiring in 14 days", "1", "1 in dev: Expiring in 14 days"]);
    assert_eq!(
        tile(&page, 2),
        ["Unused for 90 days", "3", "2 in dev: Unused for 90 days, 1 in prod: Unused for 90 days"]
    );
    assert_eq!(
        page.attribute(".tiles .tile:nth-child(1) a", "href"),
        format!("{DEV}?status=expiring")
    );
    assert_eq!(
        page.attribute(".tiles .tile:nth-child(2) a", "href"),
        format!("{DEV}?status=unused-90")
    );
    assert_eq!(tile(&page, 3), ["Deleted, still called", "0"]);
}
