//! Clients that keep a connection waiting: each is disconnected within ten seconds.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Ended, Process, Raw, Server, TestDatabase};

const SECOND: Duration = Duration::from_secs(1);
/// Ten seconds, and some for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(13);

const FORM: &str =
    "Host: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";

/// Opens a connection, says something whole, then drips.
async fn drip(origin: &str, first: &str, drip: &str) -> Ended {
    let mut raw = Raw::open(origin).await;
    assert!(raw.send(first).await);
    raw.until_closed(drip.as_bytes(), SECOND, PATIENCE).await
}

/// All of them at once: each takes its seconds.
async fn all(server: &Server, cases: &[(String, &'static str)]) -> Vec<Ended> {
    let waiting: Vec<_> = cases
        .iter()
        .cloned()
        .map(|(first, more)| {
            let origin = server.origin.clone();
            tokio::spawn(async move { drip(&origin, &first, more).await })
        })
        .collect();
    let mut ended = Vec::new();
    for (waiting, (first, more)) in waiting.into_iter().zip(cases) {
        let end = waiting.await.unwrap();
        eprintln!(
            "{:>5.1} s  {:?}  {:?} then {more:?}",
            end.after.as_secs_f32(),
            end.statuses(),
            first.lines().next().unwrap_or_default()
        );
        ended.push(end.in_time());
    }
    ended
}

#[tokio::test]
async fn silence_and_slow_heads_end() {
    let server = Server::start().await;
    let whole = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let half = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
    let ended = all(
        &server,
        &[
            (String::new(), ""),
            (half.to_owned(), ""),
            (half.to_owned(), "X-More: y\r\n"),
            (whole.to_owned(), ""),
            (format!("{whole}{half}"), ""),
            (format!("{whole}{half}"), "X-More: y\r\n"),
            (whole.to_owned(), "G"),
        ],
    )
    .await;
    let statuses: Vec<_> = ended.iter().map(Ended::statuses).collect();
    assert_eq!(statuses[..4], [vec![408], vec![408], vec![408], vec![200]]);
    // The parser gives later heads no deadline: there the connection ends without a word.
    assert!(statuses[4..].iter().all(|statuses| *statuses == [200]), "{statuses:?}");
}

/// What it can only take for an answer that was lost: the server closed, though the request came in
/// time.
#[tokio::test]
async fn a_next_request_that_came_in_time_is_answered_by_a_server_that_was_held_up() {
    let server = Process::serve(&TestDatabase::new());
    let whole = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut raw = Raw::open(&server.origin).await;
    assert!(raw.send(whole).await);
    assert!(raw.read_head().await.starts_with("HTTP/1.1 200"));
    // It does not run from just before it lets go of a silent connection until after that.
    tokio::time::sleep(8 * SECOND).await;
    server.signal("STOP");
    assert!(raw.send(whole).await);
    tokio::time::sleep(2 * SECOND).await;
    server.signal("CONT");
    let next = tokio::time::timeout(PATIENCE, raw.read_head()).await.expect("it answers");
    assert!(next.contains("HTTP/1.1 200"), "{next:?}");
}

#[tokio::test]
async fn forms_that_do_not_arrive_are_told_so() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let post = |framing: &str| format!("POST /sign-in HTTP/1.1\r\n{FORM}{framing}\r\n\r\n");
    let ended = all(
        &server,
        &[
            (post("Content-Length: 1000"), ""),
            (post("Content-Length: 1000"), "a"),
            (post("Content-Length: 1000\r\nExpect: 100-continue"), ""),
            (post("Transfer-Encoding: chunked"), ""),
            (post("Transfer-Encoding: chunked"), "1\r\na\r\n"),
        ],
    )
    .await;
    for end in ended {
        assert_eq!(end.statuses(), [408], "{}", end.said);
        assert!(end.said.contains("Nothing was changed"), "{}", end.said);
    }
}

#[tokio::test]
async fn bodies_that_nobody_reads_are_not_waited_for() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let mut cases = Vec::new();
    for target in [
        "POST /v1/verify/my-blog/dev",
        "GET /v1/key/my-blog/dev",
        "GET /healthz",
        "GET /readyz",
        "POST /nowhere",
        "GET /sign-in",
        "POST /static/app.css",
    ] {
        let head = |framing: &str| {
            format!(
                "{target} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n{framing}\r\n\r\n"
            )
        };
        cases.push((head("Content-Length: 1000"), ""));
        cases.push((head("Content-Length: 1000"), "a"));
        cases.push((head("Transfer-Encoding: chunked"), ""));
        cases.push((head("Transfer-Encoding: chunked"), "1\r\na\r\n"));
    }
    for (end, (first, _)) in all(&server, &cases).await.into_iter().zip(&cases) {
        assert_eq!(
            end.statuses().len(),
            1,
            "it is answered without the body: {first}: {}",
            end.said
        );
        assert_ne!(end.statuses(), [408], "{first}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_let_go() {
    const REQUESTS: usize = 1_000;
    let server = Server::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.origin.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let asset = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\n\r\n",
        keyrack::web::assets::url("htmx-2.0.11.min.js")
    );
    // More than the buffers of both sides hold: the server can't write on. It need not read on
    // either.
    let _ = tokio::time::timeout(SECOND, stream.write_all(asset.repeat(REQUESTS).as_bytes())).await;
    tokio::time::sleep(PATIENCE).await;
    let mut answers = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answers)).await;
    assert!(read.is_ok(), "still open after {} bytes", answers.len());
    let whole = answers.windows(12).filter(|bytes| bytes == b"HTTP/1.1 200").count();
    assert!((1..REQUESTS).contains(&whole), "{whole} answers: it went on writing");
}

#[tokio::test]
async fn a_form_that_comes_in_pieces_is_taken() {
    let server = Server::start().await;
    server.user("Ada", "ada@example.com");
    let body = "email=ada%40example.com&password=nonsense-nonsense&next=%2F";
    let mut raw = Raw::open(&server.origin).await;
    assert!(
        raw.send(format!("POST /sign-in HTTP/1.1\r\n{FORM}Content-Length: {}\r\n\r\n", body.len()))
            .await
    );
    for piece in body.as_bytes().chunks(20) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(raw.send(piece).await);
    }
    assert!(raw.read_head().await.starts_with("HTTP/1.1 422"));
}
