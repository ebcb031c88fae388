//! Keys whose URL is in an issuer's `openid-configuration`.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{DEV, PRIVATE, TOKENS, assert_user, call_with, claims};
use crate::support::tokens::{EC, OTHER_EC};
use crate::support::{Answer, Issuer, Server};

fn configuration(jwks_uri: &str) -> Answer {
    let configuration = json!({
        "issuer": "https://login.example.com/", "jwks_uri": jwks_uri,
        "authorization_endpoint": "https://login.example.com/authorize"
    });
    Answer::Ok(configuration.to_string())
}

#[tokio::test]
async fn the_address_of_an_openid_configuration_leads_to_its_keys() {
    let jwks = Issuer::start(Answer::Ok(EC.jwks(Some("one")))).await;
    let issuer = Issuer::start(configuration(&jwks.url)).await;
    let server = Server::start_with(&PRIVATE).await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let url = issuer.url.replace("jwks.json", ".well-known/openid-configuration");
    ada.save_tokens(TOKENS, &[("url", &url)]).await.expect(303);
    assert_eq!((issuer.hits(), jwks.hits()), (1, 1));
    let page = ada.get(TOKENS).await.expect(200);
    assert_eq!(page.attribute("#url", "value"), url);
    assert!(page.text(".card footer").starts_with("Known keys: P-256 one, fetched"));
    assert_user(
        &call_with(&server, &key, &EC.sign(Some("one"), &claims(&server))).await,
        "auth0|ada",
    );
    // The issuer moves its keys. The next fetch reads the configuration again.
    let moved = Issuer::start(Answer::Ok(OTHER_EC.jwks(Some("two")))).await;
    issuer.answer(configuration(&moved.url));
    assert_user(
        &call_with(&server, &key, &OTHER_EC.sign(Some("two"), &claims(&server))).await,
        "auth0|ada",
    );
    assert_eq!((issuer.hits(), jwks.hits(), moved.hits()), (2, 1, 1));
}

#[tokio::test]
async fn what_a_configuration_names_is_fetched_by_the_same_rules() {
    let behind = Issuer::start(Answer::Ok(EC.jwks(None))).await;
    let issuer = Issuer::start(Answer::Status(200)).await;
    let server = Server::start_with(&PRIVATE).await;
    let ada = server.ada().await;
    let before = server.database.dump();
    for (uri, message) in [
        ("http://example.com/keys", "Use https"),
        ("http://10.0.0.1/keys", "Use https"),
        ("https://me:hush@example.com/keys", "user name and password"),
        ("file:///etc/passwd", "Enter a URL"),
        ("/jwks.json", "Enter a URL"),
        ("", "Enter a URL"),
    ] {
        issuer.answer(configuration(uri));
        let page = ada.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(422);
        let told = page.text("#url-err");
        assert!(told.contains("jwks_uri") && told.contains(message), "{uri}: {told}");
    }
    issuer.answer(configuration(&behind.url));
    let elsewhere = Issuer::start(Answer::Ok(EC.jwks(None))).await;
    for (answer, message) in [
        (Answer::Redirect(elsewhere.url.clone()), "redirect"),
        (Answer::Status(404), "answered 404"),
        (Answer::Huge, "larger than 256 KiB"),
        (Answer::Ok("<html>".to_owned()), "not a JWKS"),
        (Answer::Ok(r#"{"keys":[]}"#.to_owned()), "The list is empty"),
        // Only one step is made, and not from one configuration to the next.
        (configuration(&elsewhere.url), "not a JWKS"),
    ] {
        behind.answer(answer);
        let page = ada.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(422);
        let told = page.text("#url-err");
        assert!(told.contains("jwks_uri") && told.contains(message), "{message}: {told}");
    }
    // The five seconds are for both fetches together.
    behind.answer(Answer::Silent);
    let begun = Instant::now();
    let page = ada.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(422);
    assert!(page.text("#url-err").contains("longer than 5 seconds"));
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    assert_eq!(elsewhere.hits(), 0);
    assert_eq!(server.database.dump(), before);
}
