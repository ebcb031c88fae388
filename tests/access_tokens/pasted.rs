//! Keys that are pasted: public ones that are strong enough, and no others.

use serde_json::json;

use super::{DEV, TOKENS, assert_user, call_with, claims};
use crate::support::Server;
use crate::support::tokens::{EC, ED, OTHER_RSA, P384, RSA, SHORT_RSA, base64url};

#[tokio::test]
async fn what_is_no_public_key_is_refused_beside_its_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut private = EC.jwk(None);
    private["d"] = json!("c2VjcmV0LWV4cG9uZW50LW9mLXRoZS1rZXktaGVyZQ");
    let mut off = EC.jwk(None);
    off["x"] = json!("AAAA");
    let encrypts =
        json!({ "keys": [{ "kty": "RSA", "use": "enc", "n": RSA.jwk(None)["n"], "e": "AQAB" }] });
    let many: Vec<_> = (0..33).map(|n| ED.jwk(Some(&n.to_string()))).collect();
    let secret =
        json!({ "keys": [{ "kty": "oct", "k": "aHVzaC1odXNoLWh1c2gtaHVzaA", "alg": "HS256" }] })
            .to_string();
    let before = server.database.dump();
    for (keys, message) in [
        ("nonsense".to_owned(), "neither a JWKS"),
        ("{".to_owned(), "not a JWKS"),
        ("{}".to_owned(), "not a JWKS"),
        (r#"{"keys":{}}"#.to_owned(), "not a JWKS"),
        (r#"{"keys":[7]}"#.to_owned(), "not a JWKS"),
        (r#"{"keys":[]}"#.to_owned(), "no key here"),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), "not a JWKS"),
        (RSA.jwks(None).replacen("\"kty\":", "\"kty\":\"RSA\",\"kty\":", 1), "not a JWKS"),
        (json!({ "keys": [off] }).to_string(), "not a JWKS"),
        (encrypts.to_string(), "no key here"),
        (P384.jwks(None), "no key here"),
        (json!({ "kty": "RSA", "n": base64url([0xc5; 255]), "e": "AQAB" }).to_string(), "shorter than 2048"),
        (json!({ "kty": "RSA", "n": base64url([&[0; 200][..], &[0xc5; 128]].concat()), "e": "AQAB" }).to_string(), "shorter than 2048"),
        (json!({ "kty": "RSA", "n": base64url([0xc5; 513]), "e": "AQAB" }).to_string(), "unusual"),
        (SHORT_RSA.public.clone(), "shorter than 2048"),
        (RSA.jwks(None).replace("AQAB", "AQ"), "unusual"),
        (RSA.jwks(None).replace("AQAB", "AQAA"), "unusual"),
        (RSA.jwks(None).replace("AQAB", "_____w"), "unusual"),
        (json!({ "keys": many }).to_string(), "more than 32"),
        (secret.clone(), "symmetric"),
        (json!({ "keys": [private] }).to_string(), "private key"),
        (RSA.private.clone(), "private key"),
        (EC.private.clone(), "private key"),
        (ED.private.clone(), "private key"),
        (format!("{}\n{}", RSA.public, OTHER_RSA.public), "one PEM key"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(), "certificate"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned(), "no key here"),
        ("-----BEGIN PUBLIC KEY-----\n%%%\n-----END PUBLIC KEY-----".to_owned(), "neither a JWKS"),
        ("-----BEGIN ".to_owned(), "neither a JWKS"),
    ] {
        let page = ada.save_tokens(TOKENS, &[("issuer", "kept"), ("keys", &keys)]).await.expect(422);
        let told = page.text("#keys-err");
        assert!(told.contains(message), "{keys}: {told}");
        assert_eq!(page.attribute("#issuer", "value"), "kept");
        let sensitive = ["symmetric", "private key"].contains(&message);
        // What is secret is not sent back; the rest is kept, so that it can be corrected.
        assert_eq!(page.text("#keys").is_empty(), sensitive, "{keys}");
        for part in ["c2VjcmV0LWV4cG9uZW50", "aHVzaC1odXNo", "BEGIN PRIVATE"] {
            assert!(!page.body.contains(part), "{keys}");
        }
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn keys_for_other_purposes_are_passed_over() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let keys = json!({ "extra": 1, "keys": [
        { "kty": "RSA", "use": "enc", "n": RSA.jwk(None)["n"], "e": "AQAB" }, P384.jwk(Some("p384")), { "kty": "new" },
        { "kty": "EC", "crv": "P-256", "alg": "ES512" }, EC.jwk(Some("ec"))
    ] });
    ada.save_tokens(TOKENS, &[("keys", &keys.to_string())]).await.expect(303);
    assert_eq!(ada.get(TOKENS).await.texts(".card footer code"), ["P-256 ec"]);
    assert_user(
        &call_with(&server, &key, &EC.sign(Some("ec"), &claims(&server))).await,
        "auth0|ada",
    );
    // One key in JSON, without the list around it.
    ada.save_tokens(TOKENS, &[("keys", &RSA.jwk(Some("one")).to_string())]).await.expect(303);
    assert_user(
        &call_with(&server, &key, &RSA.sign(Some("one"), &claims(&server))).await,
        "auth0|ada",
    );
}

#[tokio::test]
async fn texts_are_checked_and_belong_together() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let long = "x".repeat(256);
    for (fields, field, message) in [
        ([("issuer", long.as_str()), ("keys", EC.public.as_str())], "issuer", "255"),
        ([("audience", "a\u{7}b"), ("keys", &EC.public)], "audience", "control"),
        (
            [("issuer", "https://login.example.com/"), ("keys", "")],
            "url",
            "where the keys come from",
        ),
        ([("url", "https://login.example.com/keys"), ("keys", &EC.public)], "url", "not both"),
        ([("url", "login.example.com"), ("keys", "")], "url", "Enter a URL"),
        ([("url", "http://login.example.com/keys"), ("keys", "")], "url", "Use https"),
    ] {
        let page = ada.save_tokens(TOKENS, &fields).await.expect(422);
        assert!(
            page.text(&format!("#{field}-err")).contains(message),
            "{field}: {}",
            page.text(&format!("#{field}-err"))
        );
        assert_eq!(page.attribute(&format!("#{field}"), "aria-invalid"), "true");
    }
    let page = ada
        .save_tokens(TOKENS, &[("url", "https://login.example.com/keys"), ("keys", &EC.private)])
        .await
        .expect(422);
    assert!(
        !page.body.contains("BEGIN PRIVATE"),
        "also beside a URL a private key is not sent back"
    );
}
