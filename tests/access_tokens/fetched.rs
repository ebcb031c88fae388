//! Keys that are fetched from an issuer: from which addresses, how large the answer may be, and
//! only once for all calls that wait.

use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::{
    DEV, PRIVATE, TOKENS, assert_refused, assert_unavailable, assert_user, call_with, claims, keys,
    until, with,
};
use crate::support::tokens::{EC, RSA};
use crate::support::{Answer, Issuer, Server};

#[tokio::test]
async fn keys_are_fetched_once_and_kept() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, ada, key) = with(&issuer).await;
    assert_eq!(issuer.hits(), 1);
    for _ in 0..5 {
        assert_user(
            &call_with(&server, &key, &EC.sign(Some("one"), &claims(&server))).await,
            "auth0|ada",
        );
    }
    assert_eq!(issuer.hits(), 1);
    let page = ada.get(TOKENS).await.expect(200);
    assert!(
        page.text(".card footer").starts_with("Known keys: P-256 one, fetched"),
        "{}",
        page.text(".card footer")
    );
    // Changing other fields makes no fetch, so it works while the issuer can't be reached.
    issuer.answer(Answer::Status(500));
    ada.save_tokens(TOKENS, &[("url", &issuer.url), ("audience", "https://other.example")])
        .await
        .expect(303);
    assert_eq!(issuer.hits(), 1);
    assert_refused(
        &call_with(&server, &key, &EC.sign(Some("one"), &claims(&server))).await,
        "audience",
        "the new audience",
    );
}

#[tokio::test]
async fn known_keys_work_while_the_issuer_is_away() {
    let issuer = Issuer::start(keys(&[(&RSA, "one")])).await;
    let (server, ada, key) = with(&issuer).await;
    for away in [
        Answer::Status(503),
        Answer::Silent,
        Answer::Huge,
        Answer::Ok("nonsense".to_owned()),
        Answer::Redirect("/x".to_owned()),
    ] {
        issuer.answer(away);
        server.clock.advance(TimeDelta::minutes(11));
        let begun = Instant::now();
        assert_user(
            &call_with(&server, &key, &RSA.sign(Some("one"), &claims(&server))).await,
            "auth0|ada",
        );
        assert!(
            begun.elapsed() < Duration::from_millis(800),
            "nobody waits for an issuer that is away"
        );
    }
    // An unknown key is waited for, but not longer than a verification may take.
    issuer.answer(Answer::Silent);
    let begun = Instant::now();
    let page = call_with(&server, &key, &RSA.sign(Some("two"), &claims(&server))).await;
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert_refused(&page, "(kid)", "an unknown id while the issuer is away");
    let page = ada.get(TOKENS).await.expect(200);
    assert!(
        page.text(".card footer").contains("Known keys: RSA one"),
        "{}",
        page.text(".card footer")
    );
}

#[tokio::test]
async fn without_any_keys_a_token_is_answered_with_503_within_a_second() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, ada, key) = with(&issuer).await;
    // Another process, or this one after a restart, knows no keys yet.
    let fresh = Server::start_on(
        crate::support::TestDatabase::at(server.database.url().to_owned()),
        &PRIVATE,
    )
    .await;
    let token = EC.sign(Some("one"), &claims(&server));
    for away in [Answer::Silent, Answer::Status(404), Answer::Endless] {
        issuer.answer(away);
        let begun = Instant::now();
        assert_unavailable(&call_with(&fresh, &key, &token).await, begun);
        fresh.clock.advance(TimeDelta::seconds(15));
    }
    // Whoever sends no token is a guest meanwhile, and secret keys are good.
    assert_eq!(fresh.api().verify(&key).await, crate::support::Verified::Good("guest".to_owned()));
    let (secret, _) = ada.create_key(DEV, "secret", "server-key").await;
    assert_eq!(call_with(&fresh, &secret, &token).await.header("x-user-group"), Some("admin"));
    // The issuer is back: at the latest, the second call is good.
    issuer.answer(keys(&[(&EC, "one")]));
    until(async || {
        fresh.clock.advance(TimeDelta::seconds(15));
        call_with(&fresh, &key, &EC.sign(Some("one"), &claims(&fresh))).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn many_at_once_make_one_fetch() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, _, key) = with(&issuer).await;
    let fresh = Server::start_on(
        crate::support::TestDatabase::at(server.database.url().to_owned()),
        &PRIVATE,
    )
    .await;
    let token = format!("Bearer {}", EC.sign(Some("one"), &claims(&server)));
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (api, key, token) = (fresh.api(), key.clone(), token.clone());
        asked.spawn(async move { api.ask(&key, &[("Authorization", token.as_bytes())]).await });
    }
    while let Some(answered) = asked.join_next().await {
        assert_user(&answered.unwrap(), "auth0|ada");
    }
    assert_eq!(issuer.hits(), 2, "one for the page, one for all of these");
}

#[tokio::test]
async fn what_is_no_small_jwks_is_refused_beside_the_url() {
    let issuer = Issuer::start(Answer::Status(200)).await;
    let server = Server::start_with(&PRIVATE).await;
    let ada = server.ada().await;
    let elsewhere = Issuer::start(keys(&[(&EC, "one")])).await;
    let before = server.database.dump();
    for (answer, message) in [
        (Answer::Redirect(elsewhere.url.clone()), "redirect"),
        (Answer::Status(404), "answered 404"),
        (Answer::Status(500), "answered 500"),
        (Answer::Status(200), "not a JWKS"),
        (Answer::Huge, "larger than 256 KiB"),
        (Answer::Endless, "larger than 256 KiB"),
        (Answer::Silent, "longer than 5 seconds"),
        (Answer::Ok("<html>".to_owned()), "not a JWKS"),
        (Answer::Ok(EC.public.clone()), "not a JWKS"),
        (Answer::Ok(r#"{"keys":[]}"#.to_owned()), "The list is empty"),
        (Answer::Ok(r#"{"keys":[{"kty":"oct","k":"aHVzaA"}]}"#.to_owned()), "symmetric"),
        (Answer::Ok(r#"{"jwks_uri":7}"#.to_owned()), "not a JWKS"),
        (Answer::Ok(r#"{"issuer":"https://login.example.com"}"#.to_owned()), "not a JWKS"),
    ] {
        issuer.answer(answer);
        let page = ada.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(422);
        assert!(page.text("#url-err").contains(message), "{message}: {}", page.text("#url-err"));
        assert_eq!(page.attribute("#url", "value"), issuer.url);
    }
    assert_eq!(elsewhere.hits(), 0, "a redirect is not followed");
    assert_eq!(server.database.dump(), before);
    drop(issuer);
    let page = ada.save_tokens(TOKENS, &[("url", "http://127.0.0.1:1/keys")]).await.expect(422);
    assert!(page.text("#url-err").contains("can't be reached"));
    let page = ada.save_tokens(TOKENS, &[("url", "http://example.com/keys")]).await.expect(422);
    assert!(page.text("#url-err").contains("Use https"), "http is for this machine only");
}

#[tokio::test]
async fn private_addresses_are_never_asked_unless_the_server_was_told_so() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let port = issuer.url.rsplit(':').next().unwrap().to_owned();
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    for host in [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0.0.0.0",
        "169.254.169.254",
    ] {
        for scheme in ["https", "http"] {
            let page = ada
                .save_tokens(TOKENS, &[("url", &format!("{scheme}://{host}:{port}"))])
                .await
                .expect(422);
            let told = page.text("#url-err");
            assert!(
                told.contains("private address")
                    || told.contains("Use https")
                    || told.contains("can't be reached"),
                "{host}: {told}"
            );
        }
    }
    // Saved while the option was on, used after it was taken away.
    let open = Server::start_on(
        crate::support::TestDatabase::at(server.database.url().to_owned()),
        &PRIVATE,
    )
    .await;
    let there = open.sign_in("ada@example.com").await;
    there.save_tokens(TOKENS, &[("url", &issuer.url)]).await.expect(303);
    assert_eq!(issuer.hits(), 1);
    let begun = Instant::now();
    assert_unavailable(
        &call_with(&server, &key, &EC.sign(Some("one"), &claims(&server))).await,
        begun,
    );
    assert_eq!(issuer.hits(), 1, "no connection was made");
}
