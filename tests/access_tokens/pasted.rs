//! Keys that are pasted: only public keys that are strong enough are accepted.

use serde_json::{Value, json};

use super::{DEV, TOKENS, assert_user, call_with, claims};
use crate::support::Server;
use crate::support::tokens::{EC, ED, OTHER_EC, OTHER_RSA, RSA, SHORT_RSA, Signer, base64url};

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
    let secret =
        json!({ "keys": [{ "kty": "oct", "k": "aHVzaC1odXNoLWh1c2gtaHVzaA", "alg": "HS256" }] })
            .to_string();
    let before = server.database.dump();
    for (keys, message) in [
        ("nonsense".to_owned(), "neither a JWKS"),
        ("{".to_owned(), "not a JWKS"),
        ("{}".to_owned(), "not a JWKS"),
        (r#"{"keys":{}}"#.to_owned(), "not a JWKS"),
        (r#"{"keys":[7]}"#.to_owned(), "Key number 1: This is not a JSON object"),
        (r#"{"keys":[]}"#.to_owned(), "The list is empty."),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), "not a JWKS"),
        (RSA.jwks(None).replacen("\"kty\":", "\"kty\":\"RSA\",\"kty\":", 1), "members come once each"),
        (json!({ "keys": [off] }).to_string(), "missing or wrong"),
        (encrypts.to_string(), "not for signatures"),
        (r#"{"kty":"new"}"#.to_owned(), "can't use this kind of key"),
        (json!({ "kty": "RSA", "n": base64url([0xc5; 255]), "e": "AQAB" }).to_string(), "shorter than 2048"),
        (json!({ "kty": "RSA", "n": base64url([&[0; 200][..], &[0xc5; 128]].concat()), "e": "AQAB" }).to_string(), "shorter than 2048"),
        (json!({ "kty": "RSA", "n": base64url([0xc5; 513]), "e": "AQAB" }).to_string(), "unusual"),
        (SHORT_RSA.public.clone(), "shorter than 2048"),
        (RSA.jwks(None).replace("AQAB", "AQ"), "unusual"),
        (RSA.jwks(None).replace("AQAB", "AQAA"), "unusual"),
        (RSA.jwks(None).replace("AQAB", "_____w"), "unusual"),
        (secret.clone(), "symmetric"),
        (json!({ "keys": [private] }).to_string(), "private key"),
        (RSA.private.clone(), "private key"),
        (EC.private.clone(), "private key"),
        (ED.private.clone(), "private key"),
        (format!("{}\n{}", RSA.public, OTHER_RSA.public), "one PEM key"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(), "certificate"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned(), "can't use this kind of key"),
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

/// What may stand in a JWKS besides a good key, the name that the page gives it, and the reason.
fn odd_keys() -> Vec<(Value, &'static str, &'static str)> {
    let changed = |signer: &Signer, name: &str, value: Value| {
        let mut jwk = signer.jwk(Some("odd"));
        jwk[name] = value;
        jwk
    };
    let without = |signer: &Signer, name: &str| {
        let mut jwk = signer.jwk(Some("odd"));
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    };
    let short = base64url([0xc5; 128]);
    vec![
        (changed(&RSA, "n", json!(short)), "odd", "shorter than 2048"),
        (changed(&RSA, "n", json!(base64url([0xc5; 513]))), "odd", "unusual"),
        (changed(&RSA, "e", json!("AQ")), "odd", "unusual"),
        (without(&RSA, "n"), "odd", "missing or wrong"),
        (without(&RSA, "e"), "odd", "missing or wrong"),
        (changed(&RSA, "n", json!(7)), "odd", "missing or wrong"),
        (changed(&RSA, "n", json!("not Base64url")), "odd", "missing or wrong"),
        (without(&RSA, "kty"), "odd", "missing or wrong"),
        (changed(&RSA, "kid", json!(7)), "number 1", "missing or wrong"),
        (changed(&EC, "x", json!("AAAA")), "odd", "missing or wrong"),
        (changed(&EC, "y", OTHER_EC.jwk(None)["y"].clone()), "odd", "missing or wrong"),
        (changed(&EC, "crv", json!("P-384")), "odd", "missing or wrong"),
        (changed(&EC, "crv", json!("secp256k1")), "odd", "can't use this kind"),
        (changed(&ED, "crv", json!("Ed448")), "odd", "can't use this kind"),
        (changed(&ED, "x", json!(base64url([1; 31]))), "odd", "missing or wrong"),
        (json!({ "kty": "AKP", "kid": "odd", "pub": "AAAA" }), "odd", "can't use this kind"),
        (changed(&RSA, "use", json!("enc")), "odd", "not for signatures"),
        (changed(&RSA, "key_ops", json!(["encrypt"])), "odd", "not for signatures"),
        (changed(&RSA, "alg", json!("RSA-OAEP")), "odd", "not accepted, or does not fit"),
        (changed(&EC, "alg", json!("ES512")), "odd", "not accepted, or does not fit"),
        (changed(&RSA, "alg", json!("ES256")), "odd", "not accepted, or does not fit"),
        (json!({}), "number 1", "missing or wrong"),
        (Value::Null, "number 1", "not a JSON object"),
        (json!([]), "number 1", "not a JSON object"),
        (json!("odd"), "number 1", "not a JSON object"),
        (json!(7), "number 1", "not a JSON object"),
        (json!(true), "number 1", "not a JSON object"),
    ]
}

#[tokio::test]
async fn an_odd_key_is_passed_over_and_named_with_the_reason() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let token = EC.sign(Some("good"), &claims(&server));
    for (odd, name, reason) in odd_keys() {
        let keys = json!({ "extra": 1, "keys": [odd, EC.jwk(Some("good"))] }).to_string();
        ada.save_tokens(TOKENS, &[("keys", &keys)]).await.expect(303);
        let page = ada.get(TOKENS).await.expect(200);
        assert_eq!(page.texts(".card footer code"), ["P-256 good"], "{odd}");
        let told = page.texts("#passed-over li");
        assert!(told.len() == 1 && told[0].starts_with(&format!("{name}: ")), "{odd}: {told:?}");
        assert!(told[0].contains(reason), "{odd}: {told:?}");
        assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    }
    // A member that comes twice can't be written with `json!`.
    let twice = format!(r#"{{"keys":[{{"kty":"RSA","kty":"EC"}},{}]}}"#, EC.jwk(Some("good")));
    ada.save_tokens(TOKENS, &[("keys", &twice)]).await.expect(303);
    let told = ada.get(TOKENS).await.expect(200).texts("#passed-over li");
    assert_eq!(told, ["number 1: This is not a JSON object whose members come once each."]);
    // All of them at once; of very many only the first are named.
    let odd: Vec<_> = odd_keys().into_iter().map(|(odd, ..)| odd).collect();
    let all = [&odd[..], &[EC.jwk(Some("good"))]].concat();
    let keys = json!({ "keys": all }).to_string();
    ada.save_tokens(TOKENS, &[("keys", &keys)]).await.expect(303);
    let told = ada.get(TOKENS).await.expect(200).texts("#passed-over li");
    assert_eq!((told.len(), told[20].as_str()), (21, "7 more"));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    // Without a good one nothing is saved, and the field says why.
    let page = ada.save_tokens(TOKENS, &[("keys", &json!({ "keys": odd }).to_string())]).await;
    let told = page.expect(422).text("#keys-err");
    assert!(
        told.starts_with("There is no key here that Keyrack can use. Key odd: This RSA key is")
            && told.ends_with("And 24 more."),
        "{told}"
    );
}

#[tokio::test]
async fn hundreds_of_keys_are_taken() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let others = (0..250).map(|n| OTHER_EC.jwk(Some(&format!("key-{n}"))));
    let keys: Vec<_> = others.chain([EC.jwk(Some("last"))]).collect();
    ada.save_tokens(TOKENS, &[("keys", &json!({ "keys": keys }).to_string())]).await.expect(303);
    let token = EC.sign(Some("last"), &claims(&server));
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    let page = ada.get(TOKENS).await.expect(200);
    assert_eq!(page.texts(".card footer code").len(), 32);
    assert!(page.text(".card footer").contains("and 219 more"), "{}", page.text(".card footer"));
}

#[tokio::test]
async fn keys_are_taken_as_people_copy_them() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    for signer in [&RSA, &EC, &ED] {
        let pem = signer.public.trim();
        let (jwks, one_line) = (signer.jwks(None), pem.replace('\n', "\\n"));
        for (case, keys) in [
            ("JWKS with a byte order mark", format!("\u{feff}{jwks}")),
            ("PEM with a byte order mark", format!("\u{feff}{pem}\n")),
            ("text in front", format!("Bag Attributes\n  friendlyName: hush-hush\n{pem}")),
            ("text behind", format!("{pem}\nhush-hush")),
            ("Windows", pem.replace('\n', "\r\n")),
            ("from an .env file", format!("SECRET=hush-hush\nJWT_PUBLIC_KEY=\"{one_line}\\n\"\n")),
            ("from JSON on Windows", format!("\"{}\"", pem.replace('\n', "\\r\\n"))),
            ("blanks for line breaks", pem.replace('\n', " ")),
        ] {
            ada.save_tokens(TOKENS, &[("keys", &keys)]).await.expect(303);
            let token = signer.sign(None, &claims(&server));
            assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
            let kept = ada.get(TOKENS).await.expect(200).text("#keys");
            assert!(!kept.is_empty() && !kept.contains("hush"), "{case}: {kept}");
        }
    }
    // What stood around the key is not kept: it may be secret.
    assert!(!server.database.dump().iter().any(|row| row.contains("hush-hush")));
}

#[tokio::test]
async fn a_secret_is_refused_wherever_it_stands_and_is_not_kept() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let secret = "c2VjcmV0LWV4cG9uZW50LW9mLXRoZS1rZXktaGVyZQ";
    let mut private = EC.jwk(None);
    private["d"] = json!(secret);
    let symmetric = json!({ "kty": "oct", "k": secret });
    let text = EC.private.replace('\n', "\\n");
    let before = server.database.dump();
    for (keys, message) in [
        (json!({ "keys": [RSA.jwk(None), private] }), "private key"),
        (json!({ "keys": [RSA.jwk(None), symmetric] }), "symmetric"),
        (json!({ "keys": [RSA.jwk(None), [private]] }), "private key"),
        (json!({ "keys": [RSA.jwk(None)], "ours": { "current": private } }), "private key"),
        (json!({ "keys": [RSA.jwk(None), { "kty": "AKP", "priv": secret }] }), "private key"),
        (json!({ "keys": [RSA.jwk(None)], "pem": EC.private }), "private key"),
        (json!(format!("PRIVATE={text} PUBLIC={}", EC.public)), "private key"),
    ] {
        let page = ada.save_tokens(TOKENS, &[("keys", &keys.to_string())]).await.expect(422);
        assert!(page.text("#keys-err").contains(message), "{keys}: {}", page.text("#keys-err"));
        assert!(page.text("#keys").is_empty() && !page.body.contains(secret), "{keys}");
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn one_key_in_json_needs_no_list_around_it() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
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
