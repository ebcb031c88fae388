//! The report itself and its effects.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::{Client, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{DEV, UNKNOWN, act, leak, report, rotate, send, told};
use crate::support::{Page, Server, Verified};

fn paused() -> Verified {
    Verified::Refused(401, "TOKEN_PAUSED".to_owned())
}

fn good() -> Verified {
    Verified::Good("admin".to_owned())
}

/// Every part of an answer that somebody could compare.
fn seen(page: &Page) -> (u16, String, Vec<String>) {
    let mut headers: Vec<String> =
        page.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !header.starts_with("date:") && !header.starts_with("x-request-id:"));
    headers.sort();
    (page.status.as_u16(), page.body.clone(), headers)
}

#[tokio::test]
async fn whoever_reports_learns_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (secret, id) = ada.create_key(DEV, "secret", "server-key").await;
    let (deleted, gone) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &gone, "old-key").await.expect(303);
    let before = seen(&report(&server, UNKNOWN).await);
    assert_eq!((before.0, before.1.as_str()), (202, ""));
    for key in [
        secret.as_str(),
        &secret,
        &deleted,
        UNKNOWN,
        "",
        "x",
        "sk_3f9a••••••••c41d",
        &secret[..66],
        &"é".repeat(500),
    ] {
        assert_eq!(seen(&report(&server, key).await), before, "{key}");
    }
    assert_eq!(told(&server).len(), 1);
    assert_eq!(
        server.database.query("SELECT id AS value FROM api_keys WHERE leaked_at IS NOT NULL"),
        [id]
    );
}

#[tokio::test]
async fn a_report_is_answered_no_sooner_than_100_milliseconds_after_its_last_byte_came() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let address = server.origin.strip_prefix("http://").unwrap();
    // The first one is written about, the second one is known already.
    for key in [&key, &key, UNKNOWN, "x"] {
        let body = format!(r#"{{"key":"{key}"}}"#);
        let (first, last) = body.split_at(body.len() - 1);
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /v1/leaks HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        let began = Instant::now();
        stream.write_all(last.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        assert!(began.elapsed() >= Duration::from_millis(100), "{key}: {:?}", began.elapsed());
    }
    assert_eq!(told(&server).len(), 1);
}

#[tokio::test]
async fn only_a_report_is_taken() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let before = server.database.dump();
    let of = |value: &str| value.replace("KEY", &key);
    for bad in [
        "",
        "KEY",
        "{}",
        "null",
        r#""KEY""#,
        r#"["KEY"]"#,
        r#"{"key":null}"#,
        r#"{"key":["KEY"]}"#,
        r#"{"key":"KEY","more":1}"#,
        r#"{"key":"KEY","key":"KEY"}"#,
        r#"{"Key":"KEY"}"#,
        r#"{"key":"KEY"} {}"#,
        r#"{"key":"KEY""#,
        "key=KEY",
    ] {
        let page = send(&server, of(bad)).await.expect(400);
        assert_eq!(page.json()["error"], "BAD_REQUEST", "{bad}");
        assert!(!page.body.contains(&key));
    }
    send(&server, [&br#"{"key":""#[..], b"\xff", br#""}"#].concat()).await.expect(400);
    let padded = |length: usize| format!("{{\"key\":\"x\"{}}}", " ".repeat(length - 11));
    send(&server, padded(4096)).await.expect(202);
    let page = send(&server, padded(4097)).await.expect(413);
    assert_eq!(page.json()["error"], "PAYLOAD_TOO_LARGE");
    for method in
        [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS]
    {
        let request = Client::new()
            .request(method.clone(), server.url("/v1/leaks"))
            .body(of(r#"{"key":"KEY"}"#));
        let page = Page::of(request.send().await.unwrap()).await.expect(405);
        assert_eq!(page.header("allow"), Some("POST"), "{method}");
        assert!(method == Method::HEAD || page.json()["error"] == "METHOD_NOT_ALLOWED");
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn a_leaked_secret_key_is_marked_and_paused_at_once_and_resumed_by_people_only() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let body = format!(r#" {{"key":" {key}\n"}}"#);
    let request = Client::new()
        .post(server.url("/v1/leaks"))
        .header("X-Forwarded-For", "192.0.2.7")
        .body(body);
    assert_eq!(request.send().await.unwrap().status(), 202);
    assert_eq!(told(&server).len(), 1);
    assert_eq!(api.verify(&key).await, paused());
    let mask = format!("{}••••••••{}", &key[..7], &key[63..]);
    assert_eq!(told(&server), [format!("somebody {mask}: it was paused at once")]);
    assert_eq!(
        server.database.query("SELECT address AS value FROM activity WHERE action = 'key.leaked'"),
        ["192.0.2.7"]
    );
    assert!(
        !server.database.dump().iter().any(|row| row.contains(&key[..20])),
        "never more than the mask"
    );
    // Resuming is a decision that only another decision can undo.
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    assert_eq!(api.verify(&key).await, good());
    report(&server, &key).await.expect(202);
    assert!(act(&server, &key, server.clock.now()).is_none(), "it is marked already");
    assert_eq!(api.verify(&key).await, good());
    assert_eq!(ada.get(DEV).await.text("#secret-rows .badge"), "Leaked");
}

#[tokio::test]
async fn a_page_from_before_the_old_value_leaked_resumes_nothing() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    rotate(&ada, &id, "24h", 0).await.expect(200);
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    let seen = ada
        .get(&format!("{DEV}/{id}"))
        .await
        .attribute("form[action$='/resume'] input[name=seen]", "value");
    leak(&server, &old).await;
    ada.post(&format!("{DEV}/{id}/resume"), &[("seen", &seen)]).await.expect(409);
    assert_eq!(api.verify(&old).await, paused());
    let seen = ada
        .get(&format!("{DEV}/{id}"))
        .await
        .attribute("form[action$='/resume'] input[name=seen]", "value");
    ada.post(&format!("{DEV}/{id}/resume"), &[("seen", &seen)]).await.expect(303);
    assert_eq!(api.verify(&old).await, good());
}

#[tokio::test]
async fn a_publishable_key_is_only_marked_and_so_are_secret_ones_where_the_project_says_so() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (public, _) = ada.create_key(DEV, "publishable", "my-app-key").await;
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    leak(&server, &public).await;
    assert_eq!(api.verify(&public).await, Verified::Good("guest".to_owned()));
    server.database.execute("UPDATE projects SET pause_leaked = FALSE");
    leak(&server, &secret).await;
    assert_eq!(api.verify(&secret).await, good());
    assert_eq!(
        server.database.count("SELECT count(*) FROM api_keys WHERE leaked_at IS NOT NULL"),
        2
    );
    assert!(
        told(&server).iter().all(|text| text.starts_with("somebody") && text.ends_with(": ")),
        "{:?}",
        told(&server)
    );
}

#[tokio::test]
async fn what_does_not_work_anyway_is_not_marked() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut keys = Vec::new();
    for name in ["deleted", "expired", "rotated"] {
        keys.push(ada.create_key(DEV, "secret", name).await);
    }
    ada.delete_key(DEV, &keys[0].1, "deleted").await.expect(303);
    server.database.execute(&format!(
        "UPDATE api_keys SET expires_at = created_at WHERE id = '{}'",
        keys[1].1
    ));
    rotate(&ada, &keys[2].1, "0", 0).await.expect(200);
    for (key, _) in &keys {
        report(&server, key).await.expect(202);
        assert!(act(&server, key, server.clock.now()).is_none());
    }
    assert_eq!(server.database.count("SELECT count(*) FROM api_keys WHERE leaked_at IS NOT NULL OR former_leaked_at IS NOT NULL"), 0);
    assert!(told(&server).is_empty());
}

#[tokio::test]
async fn an_old_value_counts_while_it_works_and_the_mark_goes_with_it() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (old, id) = ada.create_key(DEV, "secret", "server-key").await;
    let new = rotate(&ada, &id, "24h", 0).await.expect(200).text("#new-key");
    leak(&server, &old).await;
    assert!(
        told(&server)[0].starts_with(&format!("somebody {}", &old[..7])),
        "{:?}",
        told(&server)
    );
    assert_eq!((api.verify(&old).await, api.verify(&new).await), (paused(), paused()));
    let page = ada.get(&format!("{DEV}/{id}")).await.expect(200);
    assert_eq!(page.texts("main .dl .badge"), ["Leaked", "Paused", "Rotating"]);
    assert!(
        page.text("main .note.danger")
            .contains("Only the old value leaked: end the overlap, then resume the key.")
    );
    ada.post(&format!("{DEV}/{id}/end-overlap"), &[]).await.expect(303);
    assert_eq!(ada.get(DEV).await.texts("#secret-rows .badge"), ["Paused"]);
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    assert_eq!(api.verify(&new).await, good());

    // Both of them: the mark of the new value stays when the old one goes by itself.
    let newest = rotate(&ada, &id, "1h", 1).await.expect(200).text("#new-key");
    leak(&server, &new).await;
    leak(&server, &newest).await;
    server.clock.advance(TimeDelta::hours(2));
    server.write(|c| {
        keyrack::domain::api_keys::upkeep(c, server.clock.now(), server.clock.lower_bound())
    });
    let marks =
        "SELECT id AS value FROM api_keys WHERE leaked_at IS NOT NULL AND former_leaked_at IS NULL";
    assert_eq!(server.database.query(marks), [id]);
}

#[tokio::test]
async fn the_mark_goes_with_the_value_when_the_key_is_rotated() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    leak(&server, &key).await;
    // It is paused. Rotating it makes it good again, but never with the value that leaked.
    let form = ada.get(&format!("{DEV}/{id}/rotate")).await.expect(200);
    assert_eq!(form.texts("fieldset label"), ["Not at all: it is refused at once"]);
    rotate(&ada, &id, "24h", 0).await.expect(409);
    assert_eq!(api.verify(&key).await, paused());
    let new = rotate(&ada, &id, "0", 0).await.expect(200).text("#new-key");
    assert_eq!(api.verify(&new).await, good());
    assert_eq!(api.verify(&key).await, Verified::Refused(401, "TOKEN_REVOKED".to_owned()));
    assert!(!ada.get(DEV).await.has("#secret-rows .badge"));

    // With an overlap it stays until that ends.
    leak(&server, &new).await;
    ada.post(&format!("{DEV}/{id}/resume"), &[]).await.expect(303);
    let newer = rotate(&ada, &id, "24h", 1).await.expect(200).text("#new-key");
    assert_eq!(ada.get(DEV).await.texts("#secret-rows .badge"), ["Leaked", "Rotating"]);
    ada.post(&format!("{DEV}/{id}/end-overlap"), &[]).await.expect(303);
    assert!(!ada.get(DEV).await.has("#secret-rows .badge"));

    // Somebody paused it before it leaked: that is not undone.
    ada.post(&format!("{DEV}/{id}/pause"), &[]).await.expect(303);
    leak(&server, &newer).await;
    let last = rotate(&ada, &id, "0", 2).await.expect(200).text("#new-key");
    assert_eq!(api.verify(&last).await, paused());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_reports_at_once_one_is_told() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let now = server.clock.now();
    let marked: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| act(&server, &key, now).is_some())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(marked.iter().filter(|marked| **marked).count(), 1);
    assert_eq!(told(&server).len(), 1);
}

#[tokio::test]
async fn a_flood_of_reports_is_slowed_down_whatever_they_say() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    let client = Client::new();
    let from = |address: &'static str, body: &'static str| {
        let request =
            client.post(server.url("/v1/leaks")).header("X-Forwarded-For", address).body(body);
        async move { Page::of(request.send().await.unwrap()).await }
    };
    let mut refused = None;
    for n in 0..900 {
        let page = from("192.0.2.7", if n % 90 == 0 { r#"{"key":"x"}"# } else { "nonsense" }).await;
        if page.status == 429 {
            refused = Some((n, page));
            break;
        }
    }
    let (n, page) = refused.expect("a refusal");
    assert!(n >= 600, "{n}");
    assert_eq!(
        (page.json()["error"].as_str(), page.header("retry-after")),
        (Some("RATE_LIMITED"), Some("1"))
    );
    from("192.0.2.8", r#"{"key":"x"}"#).await.expect(202);
    server.clock.advance(TimeDelta::seconds(60));
    from("192.0.2.7", r#"{"key":"x"}"#).await.expect(202);
}

/// Many people may share one address: those who report keys, and those who mistype them.
#[tokio::test]
async fn a_flood_of_wrong_keys_keeps_no_report_away_and_no_flood_of_reports_a_wrong_key() {
    let server = Server::start().await;
    server.ada().await;
    let api = server.api();
    let wrong = async || api.verify("nonsense").await;
    let too_often = Verified::Refused(429, "RATE_LIMITED".to_owned());
    while wrong().await != too_often {}
    report(&server, UNKNOWN).await.expect(202);
    server.clock.advance(TimeDelta::seconds(120));
    while send(&server, "nonsense".to_owned()).await.status != 429 {}
    assert_eq!(wrong().await, Verified::Refused(401, "INVALID_TOKEN".to_owned()));
}

#[tokio::test]
async fn reports_are_taken_before_setup_and_not_without_a_database() {
    let server = Server::start().await;
    report(&server, UNKNOWN).await.expect(202);
    server.database.execute("ALTER TABLE api_keys RENAME TO away");
    for key in [UNKNOWN, "x"] {
        let page = report(&server, key).await.expect(503);
        assert_eq!(
            (page.json()["error"].as_str(), page.header("retry-after")),
            (Some("UNAVAILABLE"), Some("1"))
        );
    }
    server.database.execute("ALTER TABLE away RENAME TO api_keys");
    report(&server, UNKNOWN).await.expect(202);
}
