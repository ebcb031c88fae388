//! What is refused, and with which answer.

use reqwest::Method;

use super::{DEV, IDENTITY};
use crate::support::{Page, Server};

/// A well-formed key that nobody has issued.
const UNKNOWN: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef01234567124a7848";

#[track_caller]
fn assert_refused(page: &Page, error: &str, message: &str, case: &str) {
    assert_eq!(page.status, 401, "{case}");
    let json = page.json();
    assert_eq!(json["statusCode"], 401, "{case}");
    assert_eq!(json["error"], error, "{case}");
    assert!(json["message"].as_str().unwrap().contains(message), "{case}: {json}");
    assert_eq!(json.as_object().unwrap().len(), 3, "{case}: {json}");
    assert_eq!(page.header("www-authenticate"), Some("ApiKey"), "{case}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(page.header("content-type"), Some("application/json"), "{case}");
    for name in IDENTITY {
        assert_eq!(page.header(name), None, "{case}: {name} on a refusal");
    }
}

#[tokio::test]
async fn every_bad_key_is_refused_with_a_message_that_helps() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "secret", "server-key").await;
    let mask = ada.get(DEV).await.text("#secret-rows code");
    let (deleted, deleted_id) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &deleted_id, "old-key").await.expect(303);

    let shape = "This is not an API key. A key is pk_ or sk_ and 64 digits of 0-9 a-f.";
    let checksum = "The checksum does not match: the key is cut or mistyped.";
    let mut other = key.clone();
    other.replace_range(10..11, if &key[10..11] == "0" { "1" } else { "0" });
    let cases = [
        (String::new(), "UNAUTHORIZED", "X-API-Key"),
        (" \t ".to_owned(), "UNAUTHORIZED", "X-API-Key"),
        (mask, "INVALID_TOKEN", "This is a masked key. Use the full key shown at creation."),
        (key[..66].to_owned(), "INVALID_TOKEN", shape),
        (format!("{key}0"), "INVALID_TOKEN", shape),
        (key.to_uppercase(), "INVALID_TOKEN", shape),
        (id, "INVALID_TOKEN", shape),
        (format!("Bearer {key}"), "INVALID_TOKEN", shape),
        (format!("{key},{key}"), "INVALID_TOKEN", shape),
        (format!("{} {}", &key[..30], &key[30..]), "INVALID_TOKEN", shape),
        ("sk_".repeat(1000), "INVALID_TOKEN", shape),
        ("ключ".to_owned(), "INVALID_TOKEN", shape),
        (other, "INVALID_TOKEN", checksum),
        (key.replace("sk_", "pk_"), "INVALID_TOKEN", checksum),
        (UNKNOWN.to_owned(), "INVALID_TOKEN", "unknown"),
        (deleted, "TOKEN_REVOKED", "deleted"),
    ];
    for (value, error, message) in cases {
        for path in ["/v1/verify/my-blog/dev", "/v1/key/my-blog/dev"] {
            let page =
                server.api().call(Method::GET, path, &[("X-API-Key", value.as_bytes())]).await;
            assert_refused(&page, error, message, &format!("{path} {value:?}"));
        }
    }
    let page = server.api().call(Method::POST, "/v1/verify/my-blog/dev", &[]).await;
    assert_refused(
        &page,
        "UNAUTHORIZED",
        "Send your API key in the X-API-Key header.",
        "no header",
    );
    // The good one beside them is still good.
    assert_eq!(
        server
            .api()
            .call(Method::GET, "/v1/verify/my-blog/dev", &[("X-API-Key", key.as_bytes())])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn two_headers_are_refused_whatever_they_say() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    for (first, second) in
        [(key.as_str(), key.as_str()), (&key, UNKNOWN), (UNKNOWN, &key), (&key, ""), ("", &key)]
    {
        let headers = [("X-API-Key", first.as_bytes()), ("X-API-Key", second.as_bytes())];
        let page = server.api().call(Method::GET, "/v1/verify/my-blog/dev", &headers).await;
        assert_refused(
            &page,
            "INVALID_TOKEN",
            "two X-API-Key headers",
            &format!("{first:?}, {second:?}"),
        );
    }
}

#[tokio::test]
async fn a_key_in_any_other_place_is_not_read() {
    let server = Server::start().await;
    let (key, _) = server.ada().await.create_key(DEV, "secret", "server-key").await;
    let bearer = format!("Bearer {key}");
    let cookie = format!("X-API-Key={key}; keyrack={key}");
    let api = server.api();
    let query = format!("/v1/verify/my-blog/dev?X-API-Key={key}&api_key={key}&token={key}");
    for (path, header, value) in [
        (query.as_str(), "Accept", "*/*"),
        (&format!("/v1/verify/my-blog/dev?{key}"), "Accept", "*/*"),
        ("/v1/verify/my-blog/dev", "Authorization", &bearer),
        ("/v1/verify/my-blog/dev", "Authorization", &key),
        ("/v1/verify/my-blog/dev", "Cookie", &cookie),
        ("/v1/verify/my-blog/dev", "X_API_Key", &key),
        ("/v1/verify/my-blog/dev", "API-Key", &key),
        ("/v1/verify/my-blog/dev", "X-Original-URI", &query),
    ] {
        let page = api.call(Method::POST, path, &[(header, value.as_bytes())]).await;
        assert_refused(&page, "UNAUTHORIZED", "X-API-Key", header);
    }
}
