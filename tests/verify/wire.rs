//! Requests to the verifier byte by byte, because client libraries tidy up what they send.

use super::{DEV, IDENTITY};
use crate::support::{Server, raw};

#[tokio::test]
async fn two_headers_on_the_wire_are_refused() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for head in [
        format!("GET /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key: {key}\r\nx-api-key: {key}"),
        format!("GET /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key:\r\nX-Api-Key: {key}"),
    ] {
        let answer = raw::send(&server.origin, head.as_bytes(), b"").await;
        assert_eq!(answer.status, 401, "{}", answer.head);
        assert!(answer.body.contains("INVALID_TOKEN"), "{}", answer.body);
    }
    let folded = format!(
        "GET /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key: {}\r\n {}",
        &key[..30],
        &key[30..]
    );
    assert_eq!(raw::send(&server.origin, folded.as_bytes(), b"").await.status, 400, "obs-fold");
}

#[tokio::test]
async fn head_answers_without_a_body_and_like_get_otherwise() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let good = raw::send(
        &server.origin,
        format!("HEAD /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key: {key}").as_bytes(),
        b"",
    )
    .await;
    assert_eq!((good.status, good.body.as_str()), (200, ""));
    for name in IDENTITY {
        assert!(good.header(name).is_some_and(|value| !value.is_empty()), "{name}: {}", good.head);
    }
    let bad = raw::send(&server.origin, b"HEAD /v1/verify/my-blog/dev HTTP/1.1", b"").await;
    assert_eq!((bad.status, bad.body.as_str()), (401, ""));
    assert_eq!(bad.header("www-authenticate"), Some("ApiKey"));
    let about = raw::send(
        &server.origin,
        format!("HEAD /v1/key/my-blog/dev HTTP/1.1\r\nX-API-Key: {key}").as_bytes(),
        b"",
    )
    .await;
    assert_eq!((about.status, about.body.as_str()), (200, ""));
    let get = raw::send(
        &server.origin,
        format!("GET /v1/key/my-blog/dev HTTP/1.1\r\nX-API-Key: {key}").as_bytes(),
        b"",
    )
    .await;
    assert_eq!(about.header("content-length"), Some(get.body.len().to_string().as_str()));
    let missing = raw::send(&server.origin, b"HEAD /nowhere HTTP/1.1", b"").await;
    assert_eq!((missing.status, missing.body.as_str()), (404, ""));
}

#[tokio::test]
async fn bodies_are_ignored_however_they_come() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let body = format!("X-API-Key={key}");
    let head = |more: &str| {
        format!(
            "POST /v1/verify/my-blog/dev HTTP/1.1\r\n{more}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
            body.len()
        )
    };
    let with_key = raw::send(
        &server.origin,
        head(&format!("X-API-Key: {key}\r\n")).as_bytes(),
        body.as_bytes(),
    )
    .await;
    assert_eq!((with_key.status, with_key.body.as_str()), (200, ""));
    assert_eq!(raw::send(&server.origin, head("").as_bytes(), body.as_bytes()).await.status, 401);
    let chunked = format!(
        "PUT /v1/verify/my-blog/dev HTTP/1.1\r\nX-API-Key: {key}\r\nTransfer-Encoding: chunked"
    );
    assert_eq!(
        raw::send(&server.origin, chunked.as_bytes(), b"3\r\nabc\r\n0\r\n\r\n").await.status,
        200
    );
}

#[tokio::test]
async fn one_connection_serves_many_checks() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let mut stream = tokio::net::TcpStream::connect(server.origin.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    for _ in 0..50 {
        stream
            .write_all(
                format!("GET /v1/verify/my-blog/dev HTTP/1.1\r\nHost: keyrack\r\nX-API-Key: {key}\r\n\r\n")
                    .as_bytes(),
            )
            .await
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
    }
}
