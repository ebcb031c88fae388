//! Who counts as a user, a guest or an admin, with each algorithm.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::{
    AUDIENCE, DEV, ISSUER, TOKENS, assert_refused, assert_user, call, call_in, call_with, claims,
};
use crate::support::tokens::{EC, ED, OTHER_ED, RSA, Signer, accepted};
use crate::support::{ORIGINAL, Server, Verified};

#[tokio::test]
async fn each_algorithm_is_good_with_a_jwks_and_with_pem() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    for signer in accepted() {
        for keys in [signer.jwks(Some("2026-11")), signer.jwks(None), signer.public.clone()] {
            ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("audience", AUDIENCE), ("keys", &keys)])
                .await
                .expect(303);
            assert_user(
                &call_with(&server, &key, &signer.sign(Some("2026-11"), &claims(&server))).await,
                "auth0|ada",
            );
            assert_user(
                &call_with(&server, &key, &signer.sign(None, &claims(&server))).await,
                "auth0|ada",
            );
            let fits = |other: &Signer| {
                other.public == signer.public
                    && (other.algorithm == signer.algorithm || keys == signer.public)
            };
            for other in accepted().into_iter().filter(|other| !fits(other)) {
                let page =
                    call_with(&server, &key, &other.sign(Some("2026-11"), &claims(&server))).await;
                assert_refused(
                    &page,
                    "does not fit",
                    &format!("{:?} for {:?}", other.algorithm, signer.algorithm),
                );
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_used_with_the_algorithm_that_it_names_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let mut jwk = RSA.jwk(Some("a"));
    jwk["alg"] = json!("PS256");
    ada.save_tokens(TOKENS, &[("keys", &json!({ "keys": [jwk] }).to_string())]).await.expect(303);
    assert_refused(
        &call_with(&server, &key, &RSA.sign(Some("a"), &claims(&server))).await,
        "does not fit",
        "RS256",
    );
    let token = RSA.with("PS256").sign(Some("a"), &claims(&server));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
}

#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_a_few_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let set = |others: usize| {
        let others = (0..others).map(|n| OTHER_ED.jwk(Some(&n.to_string())));
        json!({ "keys": others.chain([ED.jwk(Some("mine"))]).collect::<Vec<_>>() }).to_string()
    };
    ada.save_tokens(TOKENS, &[("keys", &set(3))]).await.expect(303);
    assert_user(&call_with(&server, &key, &ED.sign(None, &claims(&server))).await, "auth0|ada");
    ada.save_tokens(TOKENS, &[("keys", &set(4))]).await.expect(303);
    assert_refused(
        &call_with(&server, &key, &ED.sign(None, &claims(&server))).await,
        "which of the many",
        "no kid",
    );
    assert_user(
        &call_with(&server, &key, &ED.sign(Some("mine"), &claims(&server))).await,
        "auth0|ada",
    );
}

#[tokio::test]
async fn without_a_token_or_without_configuration_one_is_a_guest() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let guest = Verified::Good("guest".to_owned());
    assert_eq!(call(&server, &key, "Bearer nonsense").await.header("x-user-group"), Some("guest"));
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    assert_eq!(server.api().verify(&key).await, guest);
    for nothing in ["", "  "] {
        let page = call(&server, &key, nothing).await;
        assert_eq!(
            (page.header("x-user-group"), page.header("x-user-id")),
            (Some("guest"), Some("-")),
            "{nothing:?}"
        );
    }
    // Another environment is not affected.
    let (staging, _) =
        ada.create_key("/projects/my-blog/staging/api-keys", "publishable", "web").await;
    assert_eq!(
        call_in(&server, "staging", &staging, "Bearer nonsense").await.header("x-user-group"),
        Some("guest")
    );
    // Turned off again: that holds from the next call on.
    assert_refused(
        &call(&server, &key, "Bearer nonsense").await,
        "not a signed JSON Web Token",
        "on",
    );
    ada.save_tokens(TOKENS, &[]).await.expect(303);
    assert_eq!(call(&server, &key, "Bearer nonsense").await.header("x-user-group"), Some("guest"));
}

#[tokio::test]
async fn a_secret_key_is_admin_whatever_the_token() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    for token in ["nonsense".to_owned(), EC.sign(None, &claims(&server)), "Basic x".to_owned()] {
        let page = call_with(&server, &key, &token).await;
        assert_eq!(
            (page.header("x-user-group"), page.header("x-user-id")),
            (Some("admin"), Some("-")),
            "{token}"
        );
    }
}

#[tokio::test]
async fn v1_key_tells_the_user_too_and_a_deleted_key_no_more() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, id) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    let bearer = format!("bearer   {}", EC.sign(None, &claims(&server)));
    let headers = [("X-API-Key", key.as_bytes()), ("Authorization", bearer.as_bytes())];
    let headers = [&headers[..], &ORIGINAL].concat();
    let json =
        server.api().call(Method::GET, "/v1/key/my-blog/dev", &headers).await.expect(200).json();
    assert_eq!((&json["group"], &json["user_id"]), (&json!("user"), &json!("auth0|ada")));
    ada.delete_key(DEV, &id, "web").await.expect(303);
    assert_eq!(
        server.api().call(Method::GET, "/v1/key/my-blog/dev", &headers).await.expect(401).json()["error"],
        "TOKEN_REVOKED"
    );
}

#[tokio::test]
async fn a_token_ends_with_its_expiry_by_the_servers_own_clock() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    let token = EC.sign(None, &claims(&server));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    server.clock.advance(TimeDelta::seconds(3600 + 20)); // within the leeway
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    server.clock.advance(TimeDelta::seconds(11));
    assert_refused(&call_with(&server, &key, &token).await, "expired", "after the leeway");
    // The clock was set back: the token is not good yet.
    server.clock.advance(TimeDelta::seconds(-3631 - 60));
    assert_refused(&call_with(&server, &key, &token).await, "not valid yet", "before nbf");
}
