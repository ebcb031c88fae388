//! New keys of an issuer are found with the first token, whatever strangers do. Odd ones among them
//! are skipped.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    AUDIENCE, ISSUER, TOKENS, assert_refused, assert_user, bearer, call_in, call_with, claims,
    keys, with,
};
use crate::support::tokens::{EC, OTHER_EC, OTHER_RSA, RSA, Signer, base64url};
use crate::support::{Answer, Issuer};

#[tokio::test]
async fn a_new_key_is_found_by_its_unknown_id() {
    let issuer = Issuer::start(keys(&[(&EC, "old")])).await;
    let (server, _, key) = with(&issuer).await;
    let (old, new) =
        (EC.sign(Some("old"), &claims(&server)), OTHER_EC.sign(Some("new"), &claims(&server)));
    assert_user(&call_with(&server, &key, &old).await, "auth0|ada");
    issuer.answer(keys(&[(&EC, "old"), (&OTHER_EC, "new")]));
    assert_user(&call_with(&server, &key, &new).await, "auth0|ada");
    assert_user(&call_with(&server, &key, &old).await, "auth0|ada");
    assert_eq!(issuer.hits(), 2);
}

#[tokio::test]
async fn a_strangers_made_up_ids_do_not_hold_back_a_new_key() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, _, key) = with(&issuer).await;
    let made_up = async |n: usize| {
        let token = OTHER_RSA.sign(Some(&format!("made-up-{n}")), &claims(&server));
        assert_refused(&call_with(&server, &key, &token).await, "(kid)", "made up");
    };
    // This works a few times a minute, again and again: each new key is good with its first token.
    let signers = [(&EC, "one"), (&OTHER_EC, "two"), (&RSA, "three")];
    for (rotation, (signer, id)) in signers.into_iter().enumerate() {
        made_up(rotation).await;
        issuer.answer(keys(&[(signer, id)]));
        let token = signer.sign(Some(id), &claims(&server));
        assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
        server.clock.advance(TimeDelta::seconds(20));
    }
    // Strangers send as many as they can: the issuer is asked ten times, and a new key waits for
    // six seconds.
    let before = issuer.hits();
    for n in 0..50 {
        made_up(n).await;
    }
    let asked = issuer.hits() - before;
    assert!((5..=11).contains(&asked), "{asked}");
    issuer.answer(keys(&[(&OTHER_EC, "new")]));
    server.clock.advance(TimeDelta::seconds(7));
    let new = OTHER_EC.sign(Some("new"), &claims(&server));
    assert_user(&call_with(&server, &key, &new).await, "auth0|ada");
}

#[tokio::test]
async fn a_key_that_was_replaced_under_its_id_is_found_when_tokens_begin_to_fail() {
    for id in [Some("one"), None] {
        let set = |signer: &Signer| Answer::Ok(signer.jwks(id));
        let issuer = Issuer::start(set(&EC)).await;
        let (server, _, key) = with(&issuer).await;
        let token = |signer: &Signer| signer.sign(id, &claims(&server));
        assert_user(&call_with(&server, &key, &token(&EC)).await, "auth0|ada");
        // A stranger has used up what made-up ids may cause. (Keys without an id fit all ids.)
        for n in 0..if id.is_some() { 20 } else { 0 } {
            let made_up = RSA.sign(Some(&format!("made-up-{n}")), &claims(&server));
            assert_eq!(call_with(&server, &key, &made_up).await.status, 401);
        }
        for signer in [&OTHER_EC, &RSA] {
            issuer.answer(set(signer));
            assert_user(&call_with(&server, &key, &token(signer)).await, "auth0|ada");
            let before = token(&EC);
            assert_eq!(call_with(&server, &key, &before).await.status, 401, "replaced");
            server.clock.advance(TimeDelta::minutes(1));
        }
        // Forged signatures don't make Keyrack ask without end.
        let asked = issuer.hits();
        for _ in 0..50 {
            let forged = OTHER_RSA.sign(id, &claims(&server));
            assert_eq!(call_with(&server, &key, &forged).await.status, 401);
        }
        assert!((5..=11).contains(&(issuer.hits() - asked)), "{}", issuer.hits() - asked);
    }
}

#[tokio::test]
async fn a_token_that_no_key_could_make_good_asks_nobody() {
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, ada, key) = with(&issuer).await;
    let form = [("url", issuer.url.as_str()), ("issuer", ISSUER), ("audience", AUDIENCE)];
    ada.save_tokens(TOKENS, &form).await.expect(303);
    let now = server.clock.now().and_utc().timestamp();
    for (name, value) in [("iss", json!("x")), ("aud", json!("x")), ("exp", json!(now - 60))] {
        let mut claims = claims(&server);
        claims[name] = value;
        let token = RSA.sign(Some("made-up"), &claims);
        assert_refused(&call_with(&server, &key, &token).await, "(kid)", name);
    }
    assert_eq!(issuer.hits(), 1);
}

#[tokio::test]
async fn environments_that_name_the_same_issuer_share_its_keys_and_its_limit() {
    const STAGING: &str = "/projects/my-blog/staging/api-keys";
    let issuer = Issuer::start(keys(&[(&EC, "one")])).await;
    let (server, ada, key) = with(&issuer).await;
    let (other, _) = ada.create_key(STAGING, "publishable", "web").await;
    let form = [("url", issuer.url.as_str())];
    ada.save_tokens("/projects/my-blog/staging/access-tokens", &form).await.expect(303);
    let token = EC.sign(Some("one"), &claims(&server));
    let asked = issuer.hits();
    for (environment, key) in [("dev", &key), ("staging", &other)] {
        assert_user(&call_in(&server, environment, key, &bearer(&token)).await, "auth0|ada");
        for n in 0..20 {
            let made_up = RSA.sign(Some(&format!("made-up-{n}")), &claims(&server));
            let page = call_in(&server, environment, key, &bearer(&made_up)).await;
            assert_refused(&page, "(kid)", "made up");
        }
    }
    assert!((5..=11).contains(&(issuer.hits() - asked)), "{}", issuer.hits() - asked);
}

#[tokio::test]
async fn after_a_rotation_an_odd_key_beside_the_new_one_is_passed_over_and_named() {
    let issuer = Issuer::start(keys(&[(&EC, "old")])).await;
    let (server, ada, key) = with(&issuer).await;
    let mut private = RSA.jwk(Some("leaked"));
    private["d"] = json!("c2VjcmV0");
    let symmetric = json!({ "kty": "oct", "kid": "shared", "k": "aHVzaA" });
    let set = json!({ "keys": [
        { "kty": "RSA", "kid": "short", "n": base64url([0xc5; 128]), "e": "AQAB" },
        null, { "kty": "RSA", "kid": "no-n", "e": "AQAB" }, private, symmetric,
        OTHER_EC.jwk(Some("new"))
    ] });
    // A number that no reader of JSON can hold.
    let far = r#"null,{"kty":"RSA","kid":"far","exp":1e999}"#;
    let set = set.to_string().replacen("null", far, 1);
    issuer.answer(Answer::Ok(format!("\u{feff}{set}")));
    let new = OTHER_EC.sign(Some("new"), &claims(&server));
    assert_user(&call_with(&server, &key, &new).await, "auth0|ada");
    let page = ada.get(TOKENS).await.expect(200);
    assert_eq!(page.texts(".card footer code"), ["P-256 new"]);
    let told = page.texts("#passed-over li");
    for (told, expected) in told.iter().zip([
        ("short: ", "shorter than 2048"),
        ("number 2: ", "not a JSON object"),
        ("number 3: ", "not a JSON object"),
        ("no-n: ", "missing or wrong"),
        ("leaked: ", "private key"),
        ("shared: ", "symmetric key"),
    ]) {
        assert!(told.starts_with(expected.0) && told.contains(expected.1), "{told}");
    }
    assert_eq!(told.len(), 6);
    assert!(!page.body.contains("c2VjcmV0") && !page.body.contains("aHVzaA"));
    let leaked = RSA.sign(Some("leaked"), &claims(&server));
    assert_refused(&call_with(&server, &key, &leaked).await, "(kid)", "anyone has the private key");
}
