//! Keys and passwords are sent wherever they could be sent. Afterwards they are nowhere: not in the
//! log, not in the database or a copy of it, and not in the memory of the process.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::Method;

use super::memory;
use crate::support::tenant::{self, DEV};
use crate::support::{Anonymous, ApiClient, Process, SignedIn, TestDatabase};

/// Secrets that no other test has in its memory, one for each role.
const WRONG: &str = "canary-wrong-Quokka-7431-lantern";
const RESET: &str = "canary-reset-Walrus-9026-saddle";

/// Sends the secrets to every route, in every part of a request.
async fn tell_everywhere(server: &Process, ada: &SignedIn, key: &str) {
    let api = ApiClient::new(&server.origin);
    let k = key.as_bytes();
    let two: &[(&str, &[u8])] = &[("X-API-Key", k), ("X-API-Key", k)];
    let bearer = format!("Bearer {key}");
    let cookie = format!("keyrack={key}; keyrack-last={key}; keyrack-flash={key}; theme={key}");
    let padded = format!("{key}{}", "0".repeat(20_000));
    let in_one: Vec<Vec<(&str, &[u8])>> = vec![
        vec![("X-API-Key", k)],
        two.to_vec(),
        vec![("Authorization", bearer.as_bytes())],
        vec![("Cookie", cookie.as_bytes())],
        vec![
            ("User-Agent", k),
            ("Referer", k),
            ("X-Forwarded-For", k),
            ("Origin", k),
            ("Accept", k),
        ],
        vec![("X-API-Key", padded.as_bytes())],
        vec![("X-API-Key", k), ("HX-Request", b"true")],
    ];
    let routes = [
        "/v1/verify/my-blog/dev",
        "/v1/key/my-blog/dev",
        "/healthz",
        "/readyz",
        "/",
        "/sign-in",
        "/setup",
        "/projects",
        "/projects/my-blog",
        DEV,
        "/help",
        "/nowhere",
    ];
    for route in routes {
        for headers in &in_one {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                api.call(method, route, headers).await;
            }
        }
        for address in [
            format!("{route}?key={key}&q={key}&next=/{key}&token={key}&kind={key}&page={key}"),
            format!("{route}/{key}"),
            format!("{route}/%00{key}"),
        ] {
            api.call(Method::GET, &address, &[("X-API-Key", k)]).await;
            ada.get(&address).await;
        }
    }
    let wrong = Anonymous::new(&server.origin);
    for (email, password) in
        [(tenant::EMAIL, WRONG), (WRONG, WRONG), (key, key), (tenant::EMAIL, key)]
    {
        wrong
            .post("/sign-in", &[("email", email), ("password", password), ("next", password)])
            .await;
        wrong
            .post("/sign-in", &[("email", email), ("password", password), ("password", password)])
            .await;
        wrong
            .post("/sign-in", &[("email", email), ("password", password), ("extra", password)])
            .await;
        wrong
            .post(
                "/setup",
                &[
                    ("token", key),
                    ("name", password),
                    ("email", email),
                    ("password", password),
                    ("project", key),
                ],
            )
            .await;
        wrong
            .post(
                &format!("/sign-in?password={password}"),
                &[("email", "\0"), ("password", password), ("next", "%ff")],
            )
            .await;
    }
    let token = ada.form_token(DEV, "secret").await;
    for name in [key, WRONG] {
        for kind in ["secret", key] {
            ada.post(
                DEV,
                &[("token", &token), ("kind", kind), ("name", &format!("{name} {name}"))],
            )
            .await;
            ada.post(DEV, &[("token", name), ("kind", kind), ("name", name)]).await;
            ada.hx_post(DEV, &[("token", &token), ("kind", kind), ("name", name), ("name", name)])
                .await;
        }
    }
    ada.post(&format!("{DEV}/search"), &[("q", key)]).await;
    ada.post(&format!("{DEV}/{key}/delete"), &[("confirm", key)]).await;
    ada.post(&format!("{DEV}/{key}/replace"), &[("token", key)]).await;
    ada.post(
        "/projects",
        &[("name", &format!("{key} {WRONG}")), ("slug", key), ("description", &WRONG.repeat(100))],
    )
    .await;
    ada.post("/theme", &[("theme", key)]).await;
    // These never become requests.
    for raw in [
        format!("GET /{key} HTTP/9.9\r\n\r\n"),
        format!("{key}\r\n\r\n"),
        format!(
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\npassword={WRONG}&{key}"
        ),
    ] {
        let mut stream =
            TcpStream::connect(server.origin.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        stream.write_all(raw.as_bytes()).unwrap();
        let _ = stream.read(&mut [0; 1000]);
    }
}

/// Pieces of a secret, so that a part of a copy is found, too.
fn needles(what: &str, secret: &str) -> Vec<(String, String)> {
    [
        &secret[..secret.len() / 2],
        &secret[secret.len() / 3..secret.len() * 2 / 3 + 1],
        &secret[secret.len() / 2..],
    ]
    .into_iter()
    .map(|piece| (what.to_owned(), piece.to_owned()))
    .collect()
}

#[tokio::test]
async fn no_key_and_no_password_stays_in_log_database_backup_or_memory() {
    let database = TestDatabase::new();
    tenant::settle(&database);
    let server = Process::serve(&database);
    let mut secrets = needles("wrong password", WRONG);
    {
        let ada = tenant::ada(&server.origin).await;
        // One that is shown without JavaScript, one by htmx, one that the command line made.
        let (shown, _) = ada.create_key(DEV, "secret", "shown").await;
        let token = ada.form_token(DEV, "publishable").await;
        let part = ada
            .hx_post(DEV, &[("token", &token), ("kind", "publishable"), ("name", "shown-by-htmx")])
            .await
            .expect(200);
        let by_htmx = scraper::Html::parse_document(&part.body);
        let by_htmx = by_htmx
            .select(&scraper::Selector::parse("#new-key").unwrap())
            .next()
            .unwrap()
            .text()
            .collect::<String>();
        let (by_htmx, made) = (by_htmx.trim().to_owned(), tenant::add_key(&database, "made"));
        for (what, key) in [
            ("the shown key", &shown),
            ("the key shown by htmx", &by_htmx),
            ("the command line's key", &made),
        ] {
            tell_everywhere(&server, &ada, key).await;
            // Without the prefix and the first and last four digits, which are in masks.
            secrets.extend(needles(what, &key[8..62]));
        }
        let reset = Process::run_with_input(
            &database,
            &["user", "reset-password", "--email", tenant::EMAIL],
            RESET,
        );
        assert!(reset.status.success());
        SignedIn::new(Anonymous::new(&server.origin), tenant::EMAIL, RESET).await;
        secrets.extend(needles("password", RESET));
        secrets.extend(needles("old password", crate::support::PASSWORD));
    }

    let log = server.log();
    assert!(log.lines().count() > 100 && !log.contains("panicked"), "{log}");
    assert_eq!(memory::hits(log.as_bytes(), &secrets), [], "in the log");

    if let Some(file) = database.file() {
        let copy = database.folder.path().join("copy.db");
        let mut connection = SqliteConnection::establish(database.url()).unwrap();
        connection.batch_execute(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
        for path in [file.clone(), copy, format!("{}-wal", file.display()).into()] {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.is_empty());
            assert_eq!(memory::hits(&bytes, &secrets), [], "in {}", path.display());
        }
    }

    // A request that is under way must be in memory, which shows that the search works.
    let control = "control-Ibex-5518-that-is-under-way";
    let address = server.origin.strip_prefix("http://").unwrap();
    // Connections that wait for a next request keep their buffers for 9 s, threads their stacks for
    // 10.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let begun = Instant::now();
    loop {
        let mut open = TcpStream::connect(address).unwrap();
        open.write_all(
            format!("GET /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key: {control}\r\n").as_bytes(),
        )
        .unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if !memory::search(server.pid(), &[("control".to_owned(), control.to_owned())]).is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "the search finds nothing at all");
    }
    let found = memory::search(server.pid(), &secrets);
    assert!(found.is_empty(), "{} places in memory:\n{}", found.len(), found.join("\n"));
}
