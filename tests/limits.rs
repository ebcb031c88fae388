//! How often a key may be used, and what happens to a flood of wrong keys.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::tenant::{DEV, settle};
use crate::support::{ApiClient, ORIGINAL, Page, Process, Server, TestDatabase};

/// A well-formed key that nobody has issued.
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

fn add(database: &TestDatabase, more: &[&str]) -> std::process::Output {
    let name: String = format!("key {}", more.join(" ")).chars().take(64).collect();
    let arguments = [
        "key",
        "add",
        "--project",
        "my-blog",
        "--environment",
        "dev",
        "--kind",
        "secret",
        "--name",
        &name,
    ];
    Process::run(database, &[&arguments[..], more].concat())
}

fn added(database: &TestDatabase, more: &[&str]) -> String {
    let output = add(database, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn ask(api: &ApiClient, path: &str, key: &str) -> Page {
    api.call(Method::GET, path, &[("X-API-Key", key.as_bytes())]).await
}

fn left(page: &Page) -> (Option<&str>, Option<&str>) {
    (page.header("x-ratelimit-limit"), page.header("x-ratelimit-remaining"))
}

#[tokio::test]
async fn a_limited_key_says_what_is_left_and_then_when_to_come_again() {
    let server = Server::start().await;
    settle(&server.database);
    let (api, key, free) = (
        server.api(),
        added(&server.database, &["--rate", "1", "--burst", "3"]),
        added(&server.database, &[]),
    );
    for (path, remaining) in [
        ("/v1/verify/my-blog/dev", "2"),
        ("/v1/key/my-blog/dev", "1"),
        ("/v1/verify/my-blog/dev?draft=1", "0"),
    ] {
        assert_eq!(left(&ask(&api, path, &key).await.expect(200)), (Some("3"), Some(remaining)));
    }
    // On a slow machine, a call is allowed again meanwhile.
    let mut refused = ask(&api, "/v1/verify/my-blog/dev", &key).await;
    while refused.status == 200 {
        refused = ask(&api, "/v1/verify/my-blog/dev", &key).await;
    }
    assert_eq!(
        (refused.status.as_u16(), refused.json()["error"].as_str()),
        (429, Some("RATE_LIMITED"))
    );
    assert_eq!(
        (refused.header("retry-after"), left(&refused)),
        (Some("1"), (Some("3"), Some("0")))
    );
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(refused.header("x-key-id"), None);
    for _ in 0..10 {
        assert_eq!(
            left(&ask(&api, "/v1/verify/my-blog/dev", &free).await.expect(200)),
            (None, None),
            "the others have no limit"
        );
    }
    server.clock.advance(TimeDelta::seconds(10));
    assert_eq!(
        left(&ask(&api, "/v1/verify/my-blog/dev", &key).await.expect(200)),
        (Some("3"), Some("2"))
    );
}

#[tokio::test]
async fn what_a_key_is_limited_to_stands_on_its_page_in_the_activity_and_in_its_json() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let ada = server.ada().await;
    let limits = [
        "--rate",
        "1",
        "--burst",
        "3",
        "--scope",
        "posts:read",
        "--scope",
        "*:list",
        "--from",
        "192.0.2.7",
    ];
    let key = added(&server.database, &limits);
    let headers = [("X-API-Key", key.as_bytes()), ("X-Forwarded-For", b"192.0.2.7")];
    let headers = [&headers[..], &ORIGINAL].concat();
    let json =
        server.api().call(Method::GET, "/v1/key/my-blog/dev", &headers).await.expect(200).json();
    assert_eq!(json["rate"], serde_json::json!({ "per_second": 1, "burst": 3 }));
    let page = ada
        .get(&format!("{DEV}/{}", ada.get(DEV).await.attribute("#secret-rows tr", "id")))
        .await
        .expect(200);
    let facts: Vec<_> = page.texts("dl.dl dt").into_iter().zip(page.texts("dl.dl dd")).collect();
    for (fact, told) in [
        ("Scopes", "Only posts:read, *:list"),
        ("Addresses", "Only from 192.0.2.7/32"),
        ("Limit", "1 a second, 3 at once"),
    ] {
        assert!(facts.contains(&(fact.to_owned(), told.to_owned())), "{facts:?}");
    }
    let told = ada.get("/projects/my-blog/activity").await.texts("td.name").remove(0);
    assert!(
        told.contains(
            "only posts:read *:list; only from 192.0.2.7/32; at most 1 a second, 3 at once"
        ),
        "{told}"
    );
    // There are no headers for a key without a limit.
    added(&server.database, &[]);
    let page = ada
        .get(&format!("{DEV}/{}", ada.get(DEV).await.attribute("#secret-rows tr", "id")))
        .await
        .expect(200);
    assert!(
        page.texts("dl.dl dt")
            .iter()
            .all(|fact| !["Scopes", "Addresses", "Limit"].contains(&fact.as_str()))
    );
}

#[tokio::test]
async fn refusals_of_the_limit_are_counted_and_a_replaced_key_keeps_it() {
    let server = Server::start().await;
    settle(&server.database);
    let key = added(&server.database, &["--rate", "1"]);
    let api = server.api();
    ask(&api, "/v1/verify/my-blog/dev", &key).await.expect(200);
    while ask(&api, "/v1/verify/my-blog/dev", &key).await.status != 429 {}
    crate::support::eventually(|| {
        server.database.count("SELECT coalesce(sum(refused), 0) FROM usage_hours") == 1
    })
    .await;
    let ada = crate::support::tenant::ada(&server.origin).await;
    let (id, token) = (
        ada.get(DEV).await.attribute("#secret-rows tr", "id"),
        ada.form_token(DEV, "secret").await,
    );
    let new = ada
        .post(&format!("{DEV}/{id}/replace"), &[("token", &token)])
        .await
        .expect(200)
        .text("#new-key");
    assert_eq!(
        left(&ask(&api, "/v1/verify/my-blog/dev", &new).await.expect(200)),
        (Some("1"), Some("0"))
    );
}

#[test]
fn a_limit_is_a_number_in_reason() {
    let database = TestDatabase::new();
    settle(&database);
    let cases: [&[&str]; 6] = [
        &["--rate", "0"],
        &["--rate", "-1"],
        &["--rate", "100001"],
        &["--rate", "1", "--burst", "0"],
        &["--rate", "x"],
        &["--burst", "5"],
    ];
    for bad in cases {
        assert_eq!(add(&database, bad).status.code(), Some(2), "{bad:?}");
    }
    added(&database, &["--rate", "100000", "--burst", "100000"]);
}

#[tokio::test]
async fn a_flood_of_wrong_keys_is_slowed_down_and_good_keys_are_not() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    settle(&server.database);
    let key = added(&server.database, &[]);
    let api = server.api();
    let from = |address: &'static str, key: String| {
        let api = api.clone();
        async move {
            api.call(
                Method::GET,
                "/v1/verify/my-blog/dev",
                &[("X-API-Key", key.as_bytes()), ("X-Forwarded-For", address.as_bytes())],
            )
            .await
        }
    };
    let mut answers = Vec::new();
    for n in 0..700 {
        let wrong = if n % 2 == 0 { UNKNOWN.to_owned() } else { "nonsense".to_owned() };
        answers.push(from("2001:db8::1", wrong).await.status.as_u16());
        if n == 650 {
            // Give back what came back meanwhile.
            from("2001:db8::1", key.clone()).await.expect(200);
        }
    }
    assert!(
        answers[..600].iter().all(|status| *status == 401),
        "the first ones are told what is wrong"
    );
    // Ten come back each second; a slow machine takes a few.
    if answers.contains(&429) {
        let refused = loop {
            let page = from("2001:db8::2", UNKNOWN.to_owned()).await;
            if page.status == 429 {
                break page;
            }
        };
        assert_eq!(
            (refused.json()["error"].as_str(), refused.header("retry-after")),
            (Some("RATE_LIMITED"), Some("1"))
        );
        assert_eq!(left(&refused), (None, None));
    } else {
        panic!("nobody was slowed down");
    }
    from("2001:db8::1", key.clone()).await.expect(200);
    from("2001:db8::2", key.clone()).await.expect(200);
    from("2001:db8:0:1::1", UNKNOWN.to_owned()).await.expect(401);
    api.call(Method::GET, "/v1/verify/my-blog/dev", &[("X-Forwarded-For", b"2001:db8::1")])
        .await
        .expect(401);
    server.clock.advance(TimeDelta::seconds(60));
    from("2001:db8::1", UNKNOWN.to_owned()).await.expect(401);
}
