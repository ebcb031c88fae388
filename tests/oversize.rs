//! Heads and bodies that are larger than any that our own clients send.

use std::time::Duration;

use reqwest::Method;

use crate::support::{Ended, Process, Raw, Server, TestDatabase, Verified};

const PATIENCE: Duration = Duration::from_secs(10);
const MIB: usize = 1024 * 1024;

/// Sends bytes and listens until the server closes.
async fn ask(origin: &str, bytes: &str) -> Ended {
    let mut raw = Raw::open(origin).await;
    raw.send(bytes).await; // it may close before it has read everything
    raw.until_closed(b"", PATIENCE, PATIENCE).await.in_time()
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn heads_over_16_kib_are_refused_in_the_form_of_their_surface() {
    let server = Server::start().await;
    let large = |bytes: usize| format!("X-Large: {}\r\n", "a".repeat(bytes));
    for path in ["/v1/verify/my-blog/dev", "/v1/key/my-blog/dev", "/healthz"] {
        let answer = ask(&server.origin, &get(path, &large(16 * 1024))).await;
        assert_eq!(answer.statuses(), [431]);
        assert!(answer.said.contains(r#""error":"HEADERS_TOO_LARGE""#), "{}", answer.said);
    }
    let page = ask(&server.origin, &get("/sign-in", &large(16 * 1024))).await;
    assert_eq!(page.statuses(), [431]);
    assert!(page.said.contains("<h1>That request is too large</h1>"), "{}", page.said);
    let target =
        ask(&server.origin, &get(&format!("/healthz?{}", "a".repeat(16 * 1024)), "")).await;
    assert_eq!(target.statuses(), [431], "a long address counts too");
    let method = "A".repeat(16 * 1024);
    let method = ask(
        &server.origin,
        &format!(
            "{method} /v1/verify/my-blog/dev HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ),
    )
    .await;
    assert_eq!(method.statuses(), [431], "a long method, too");
    assert_eq!(ask(&server.origin, &get("/healthz", &large(15 * 1024))).await.statuses(), [200]);
}

#[tokio::test]
async fn ten_thousand_headers_and_a_mebibyte_of_key_are_refused() {
    let server = Server::start().await;
    // The parser itself refuses these, before it has read them all. Its answer may be lost when
    // what the client goes on sending meets a closed connection.
    for headers in
        ["X-Many: a\r\n".repeat(10_000), format!("X-API-Key: sk_{}\r\n", "a".repeat(MIB))]
    {
        let answer = ask(&server.origin, &get("/v1/verify/my-blog/dev", &headers)).await;
        assert!(matches!(answer.statuses()[..], [] | [400 | 431]), "{}", answer.said);
        // "Within 100 ms" on a quiet machine; here it must just not be a deadline that ends it.
        assert!(answer.after < Duration::from_secs(2), "{:?}", answer.after);
    }
    assert_eq!(ask(&server.origin, &get("/healthz", "")).await.statuses(), [200]);
}

#[tokio::test]
async fn forms_over_16_kib_are_refused_and_the_longest_legal_one_is_not() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let form = |bytes: usize| {
        vec![("email", "ada@example.com".to_owned()), ("password", "x".repeat(bytes))]
    };
    for (bytes, status) in [(16 * 1024, 413), (15 * 1024, 422)] {
        let answer = server
            .anonymous()
            .request(Method::POST, "/sign-in")
            .form(&form(bytes))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    let description = "\u{1f511}".repeat(500);
    let fields = [("name", "Largest"), ("slug", "largest"), ("description", description.as_str())];
    let status = ada.post("/projects", &fields).await.status.as_u16();
    assert!(status != 413, "{status}");
}

#[tokio::test]
async fn a_body_of_300_kb_is_no_matter_to_the_verifier() {
    let server = Server::start().await;
    let (ada, api) = (server.ada().await, server.api());
    let (key, _) = ada.create_key("/projects/my-blog/dev/api-keys", "secret", "server-key").await;
    let client = reqwest::Client::new();
    for _ in 0..5 {
        let request = client
            .post(server.url("/v1/verify/my-blog/dev"))
            .header("X-API-Key", &key)
            .body(vec![b'x'; 300_000]);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    }
    assert_eq!(api.verify(&key).await, Verified::Good("admin".to_owned()));
}

#[tokio::test]
async fn a_hundred_mebibytes_are_refused_before_they_are_sent_and_take_no_memory() {
    let database = TestDatabase::migrated();
    let output = Process::run_with_input(
        &database,
        &["user", "add", "--email", "ada@example.com", "--name", "Ada"],
        "plum-orbit-cable-41",
    );
    assert!(output.status.success());
    let server = Process::serve(&database);
    assert_eq!(ask(&server.origin, &get("/sign-in", "")).await.statuses(), [200]);
    let before = server.resident();
    let form = "Host: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    for (target, status) in
        [("/sign-in", 413), ("/v1/verify/my-blog/dev", 401), ("/healthz", 405), ("/nowhere", 404)]
    {
        // Answered when the head is there...
        let mut raw = Raw::open(&server.origin).await;
        assert!(
            raw.send(format!(
                "POST {target} HTTP/1.1\r\n{form}Content-Length: {}\r\n\r\n",
                100 * MIB
            ))
            .await
        );
        let head = raw.read_head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {head}");
        assert!(head.contains("connection: close"), "{target}: {head}");
        // ...and not kept by whoever sends it all the same, with its length or in chunks.
        let (chunk, mut sent) = (vec![b'x'; MIB], 0);
        while sent < 100 && raw.send(&chunk).await {
            sent += 1;
        }
        let mut raw = Raw::open(&server.origin).await;
        assert!(
            raw.send(format!("POST {target} HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n"))
                .await
        );
        let chunk = [format!("{MIB:x}\r\n").as_bytes(), &chunk, b"\r\n"].concat();
        for _ in 0..100 {
            if !raw.send(&chunk).await {
                break;
            }
        }
        let head = raw.read_head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {head}");
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 16 * MIB as u64, "{grown} bytes more");
}
