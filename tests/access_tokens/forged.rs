//! Forged tokens: none is ever accepted, and none makes its caller a guest without a word.

use serde_json::{Value, json};

use super::{AUDIENCE, DEV, ISSUER, TOKENS, assert_refused, assert_user, call, call_with, claims};
use crate::support::tokens::{
    EC, ED, K256, OTHER_EC, OTHER_ED, OTHER_RSA, P384, P521, RSA, base64url, sign_symmetric,
};
use crate::support::{Process, Server};

/// The header of our own good token, with something else in it.
fn with(header: &Value, name: &str, value: Value) -> String {
    let mut header = header.clone();
    header[name] = value;
    header.to_string()
}

fn unsigned(header: &str, claims: &str, signature: &str) -> String {
    format!("{}.{}.{signature}", base64url(header), base64url(claims))
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn no_forged_token_is_accepted() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let keys = json!({ "keys": [RSA.jwk(Some("rsa")), EC.jwk(Some("ec")), ED.jwk(Some("ed"))] })
        .to_string();
    ada.save_tokens(TOKENS, &[("issuer", ISSUER), ("audience", AUDIENCE), ("keys", &keys)])
        .await
        .expect(303);

    let good = claims(&server);
    let text = good.to_string();
    let header = RSA.header(Some("rsa"));
    let token = RSA.sign(Some("rsa"), &good);
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
    let parts: Vec<&str> = token.split('.').collect();
    let signed = |header: &str| RSA.sign_raw(header, &text);
    let claimed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        RSA.sign(Some("rsa"), &claims)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        RSA.sign(Some("rsa"), &claims)
    };
    let hs = json!({ "alg": "HS256", "kid": "rsa" }).to_string();
    let mut flipped = token.clone();
    let last = flipped.len() - 10;
    flipped.replace_range(last..=last, if &token[last..=last] == "A" { "B" } else { "A" });
    let now = server.clock.now().and_utc().timestamp();
    let ec = EC.sign(Some("ec"), &good);
    let der_shaped =
        base64url([&[0x30, 0x44, 2, 0x20][..], &[1; 32], &[2, 0x20], &[1; 32]].concat());

    let cases: Vec<(&str, String, &str)> = vec![
        // No signature at all (RFC 8725, 2.1).
        ("none", unsigned(r#"{"alg":"none"}"#, &text, ""), "not signed"),
        ("None", unsigned(r#"{"alg":"None"}"#, &text, ""), "not signed"),
        ("NONE with a signature", unsigned(r#"{"alg":"NONE"}"#, &text, parts[2]), "not signed"),
        ("nOnE and a kid", unsigned(r#"{"alg":"nOnE","kid":"rsa"}"#, &text, ""), "not signed"),
        ("empty signature", format!("{}.{}.", parts[0], parts[1]), "not signed"),
        // The public key as a secret.
        ("HS256 with the PEM", sign_symmetric(&hs, &text, RSA.public.as_bytes()), "symmetric"),
        (
            "HS256 with the PEM trimmed",
            sign_symmetric(&hs, &text, RSA.public.trim().as_bytes()),
            "symmetric",
        ),
        (
            "HS256 with the JWK",
            sign_symmetric(&hs, &text, RSA.jwk(Some("rsa")).to_string().as_bytes()),
            "symmetric",
        ),
        (
            "HS256 with the modulus",
            sign_symmetric(&hs, &text, RSA.jwk(None)["n"].as_str().unwrap().as_bytes()),
            "symmetric",
        ),
        ("HS256 with nothing", sign_symmetric(r#"{"alg":"HS256"}"#, &text, b""), "symmetric"),
        ("HS512", unsigned(r#"{"alg":"HS512","kid":"rsa"}"#, &text, parts[2]), "symmetric"),
        ("hs256", unsigned(r#"{"alg":"hs256"}"#, &text, parts[2]), "symmetric"),
        // Other algorithms: accepted ones that the key's owner does not use, and others.
        ("RS512", RSA.with("RS512").sign(Some("rsa"), &good), "does not fit"),
        ("RS384", RSA.with("RS384").sign(Some("rsa"), &good), "does not fit"),
        ("PS512", RSA.with("PS512").sign(Some("rsa"), &good), "does not fit"),
        ("ES384", P384.sign(Some("ec"), &good), "does not fit"),
        ("ES512", P521.sign(Some("ec"), &good), "does not fit"),
        ("ES256K", signed(&with(&header, "alg", json!("ES256K"))), "algorithm is not accepted"),
        ("RS1", signed(&with(&header, "alg", json!("RS1"))), "algorithm is not accepted"),
        ("ES521", signed(&with(&header, "alg", json!("ES521"))), "algorithm is not accepted"),
        ("Ed448", signed(&with(&header, "alg", json!("Ed448"))), "algorithm is not accepted"),
        (
            "rs256 in lower case",
            signed(&with(&header, "alg", json!("rs256"))),
            "algorithm is not accepted",
        ),
        (
            "RS256 with a blank",
            signed(&with(&header, "alg", json!("RS256 "))),
            "algorithm is not accepted",
        ),
        ("RSA1_5", signed(&with(&header, "alg", json!("RSA1_5"))), "algorithm is not accepted"),
        ("no alg", signed(r#"{"kid":"rsa"}"#), "not a signed"),
        ("alg is a list", signed(r#"{"alg":["RS256"],"kid":"rsa"}"#), "not a signed"),
        ("alg is null", signed(r#"{"alg":null,"kid":"rsa"}"#), "not a signed"),
        // Keys of somebody else.
        ("another RSA key", OTHER_RSA.sign(Some("rsa"), &good), "signature"),
        ("another P-256 key", OTHER_EC.sign(Some("ec"), &good), "signature"),
        ("another Ed25519 key", OTHER_ED.sign(Some("ed"), &good), "signature"),
        ("another RSA key, no kid", OTHER_RSA.sign(None, &good), "signature"),
        ("RS256 for the P-256 key", RSA.sign(Some("ec"), &good), "does not fit"),
        ("ES256 for the RSA key", EC.sign(Some("rsa"), &good), "does not fit"),
        ("EdDSA for the P-256 key", ED.sign(Some("ec"), &good), "does not fit"),
        (
            "the wrong curve",
            unsigned(r#"{"alg":"ES256","kid":"ec"}"#, &text, &base64url([7; 96])),
            "signature",
        ),
        (
            "zero for r and s",
            unsigned(r#"{"alg":"ES256","kid":"ec"}"#, &text, &base64url([0; 64])),
            "signature",
        ),
        (
            "a signature in DER",
            unsigned(r#"{"alg":"ES256","kid":"ec"}"#, &text, &der_shaped),
            "signature",
        ),
        (
            "PSS padding under RS256",
            format!(
                "{}.{}.{}",
                parts[0],
                parts[1],
                RSA.with("PS256").sign(Some("rsa"), &good).rsplit('.').next().unwrap()
            ),
            "signature",
        ),
        // Keys that the token brings along, or names.
        (
            "jwk",
            OTHER_RSA.sign_raw(&with(&header, "jwk", OTHER_RSA.jwk(Some("rsa"))), &text),
            "signature",
        ),
        (
            "jku",
            OTHER_RSA.sign_raw(&with(&header, "jku", json!("http://127.0.0.1:1/jwks.json")), &text),
            "signature",
        ),
        (
            "x5u",
            OTHER_RSA.sign_raw(&with(&header, "x5u", json!("http://127.0.0.1:1/x.pem")), &text),
            "signature",
        ),
        ("x5c", OTHER_RSA.sign_raw(&with(&header, "x5c", json!(["MIIB"])), &text), "signature"),
        ("kid is a path", OTHER_RSA.sign(Some("../../../../dev/null"), &good), "(kid)"),
        ("kid is SQL", OTHER_RSA.sign(Some("x' UNION SELECT 'rsa' --"), &good), "(kid)"),
        ("kid is a command", OTHER_RSA.sign(Some("rsa|sleep 9"), &good), "(kid)"),
        ("kid has NUL", RSA.sign(Some("rsa\0"), &good), "(kid)"),
        ("kid in another case", RSA.sign(Some("RSA"), &good), "(kid)"),
        ("kid is empty", RSA.sign(Some(""), &good), "(kid)"),
        ("kid is a number", signed(&with(&header, "kid", json!(7))), "not a signed"),
        // Extensions and kinds.
        ("crit", signed(&with(&header, "crit", json!(["exp"]))), "crit"),
        ("crit is empty", signed(&with(&header, "crit", json!([]))), "crit"),
        ("b64", signed(&with(&header, "b64", json!(false))), "crit"),
        ("another typ", signed(&with(&header, "typ", json!("dpop+jwt"))), "another kind"),
        ("an ID token", claimed("at_hash", json!("x")), "another kind"),
        ("an ID token of Cognito", claimed("token_use", json!("id")), "another kind"),
        ("a refresh token of Keycloak", claimed("typ", json!("Refresh")), "another kind"),
        // Cut, doubled, changed.
        ("cut", token[..token.len() - 4].to_owned(), "signature"),
        ("one character changed", flipped, "signature"),
        ("two parts", format!("{}.{}", parts[0], parts[1]), "not a signed"),
        ("four parts", format!("{token}.{}", parts[2]), "not a signed"),
        ("five parts", format!("{token}.x.y"), "encrypted"),
        ("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2]), "not a signed"),
        (
            "ordinary Base64",
            format!("{}.{}.{}", parts[0], parts[1], parts[2].replace(['-', '_'], "+")),
            "signature",
        ),
        (
            "other claims under the signature",
            format!("{}.{}.{}", parts[0], base64url(text.replace("ada", "eve")), parts[2]),
            "signature",
        ),
        (
            "the claims of an EC token under RS256",
            format!("{}.{}.{}", parts[0], parts[1], ec.rsplit('.').next().unwrap()),
            "signature",
        ),
        (
            "sub twice",
            RSA.sign_raw(&header.to_string(), &text.replacen('{', r#"{"sub":"eve","#, 1)),
            "not a signed",
        ),
        (
            "exp twice",
            RSA.sign_raw(&header.to_string(), &text.replacen('{', r#"{"exp":9999999999,"#, 1)),
            "not a signed",
        ),
        ("alg twice", signed(r#"{"alg":"none","alg":"RS256","kid":"rsa"}"#), "not a signed"),
        ("kid twice", signed(r#"{"alg":"RS256","kid":"no","kid":"rsa"}"#), "not a signed"),
        (
            "an unknown claim twice",
            RSA.sign_raw(&header.to_string(), &text.replacen('{', r#"{"x":1,"x":2,"#, 1)),
            "not a signed",
        ),
        ("claims are a list", RSA.sign_raw(&header.to_string(), "[]"), "not a signed"),
        ("claims are not UTF-8", "e30.gICA.AAAA".to_owned(), "not a signed"),
        (
            "claims are nested deep",
            RSA.sign_raw(&header.to_string(), &"[".repeat(3000)),
            "not a signed",
        ),
        ("too long", claimed("x", json!("x".repeat(7000))), "longer than 8 KiB"),
        // Times.
        ("no exp", without("exp"), "(exp)"),
        ("exp is a text", claimed("exp", json!((now + 99).to_string())), "(exp)"),
        ("exp is null", claimed("exp", Value::Null), "(exp)"),
        ("exp below zero", claimed("exp", json!(-1)), "(exp)"),
        ("exp beyond the year 9999", claimed("exp", json!(253_402_300_800_i64)), "(exp)"),
        ("exp is enormous", claimed("exp", json!(u64::MAX)), "(exp)"),
        ("exp is 1e300", claimed("exp", json!(1e300)), "(exp)"),
        (
            "exp is 1e999",
            RSA.sign_raw(
                &header.to_string(),
                &text.replacen("\"exp\":", "\"exp\":1e999,\"y\":", 1),
            ),
            "not a signed",
        ),
        ("expired", claimed("exp", json!(now - 40)), "expired"),
        ("not yet", claimed("nbf", json!(now + 60)), "not valid yet"),
        ("nbf is a text", claimed("nbf", json!("now")), "time"),
        ("iat is a text", claimed("iat", json!("now")), "time"),
        // For others, from others, of nobody.
        ("another issuer", claimed("iss", json!("https://login.example.com")), "issuer"),
        ("no issuer", without("iss"), "issuer"),
        ("issuer is a list", claimed("iss", json!([ISSUER])), "issuer"),
        ("another audience", claimed("aud", json!("https://api.example.com.evil")), "audience"),
        ("no audience", without("aud"), "audience"),
        ("audiences without ours", claimed("aud", json!(["a", 7, null])), "audience"),
        ("no audience in the list", claimed("aud", json!([])), "audience"),
        ("no sub", without("sub"), "(sub)"),
        ("sub is a number", claimed("sub", json!(7)), "(sub)"),
        ("sub is empty", claimed("sub", json!("")), "(sub)"),
        ("sub is nobody", claimed("sub", json!("-")), "(sub)"),
        ("sub has a line break", claimed("sub", json!("a\r\nX-User-Group: admin")), "(sub)"),
        ("sub has a blank", claimed("sub", json!("a b")), "(sub)"),
        ("sub is not ASCII", claimed("sub", json!("ада")), "(sub)"),
        ("sub is too long", claimed("sub", json!("x".repeat(256))), "(sub)"),
    ];
    assert!(cases.len() >= 60);
    for (case, token, message) in &cases {
        assert_refused(&call_with(&server, &key, token).await, message, case);
    }
    for (authorization, message) in [
        ("Bearer", "Authorization: Bearer"),
        ("Bearer ", "Authorization: Bearer"),
        ("Basic YWRhOmh1c2g=", "Authorization: Bearer"),
        (token.as_str(), "Authorization: Bearer"),
        ("Bearer \u{e9}", "not a signed"),
        (&format!("Bearer {token} {token}"), "not a signed"),
        (&format!("Bearer {token},"), "signature"),
    ] {
        assert_refused(&call(&server, &key, authorization).await, message, authorization);
    }
    let twice = format!("Bearer {token}");
    let headers = [
        ("X-API-Key", key.as_bytes()),
        ("Authorization", twice.as_bytes()),
        ("Authorization", twice.as_bytes()),
    ];
    let page = server.api().call(reqwest::Method::GET, "/v1/verify/my-blog/dev", &headers).await;
    assert_refused(&page, "two Authorization headers", "two");

    for (case, token) in [
        ("the longest sub", claimed("sub", json!("x".repeat(255)))),
        ("the year 9999", claimed("exp", json!(253_402_300_799_i64))),
        ("fractions", claimed("exp", json!(f64::from(u32::try_from(now).unwrap()) + 60.5))),
        ("several audiences", claimed("aud", json!(["other", AUDIENCE]))),
        ("at+jwt", signed(&with(&header, "typ", json!("at+JWT")))),
        ("headers without a meaning", signed(&with(&header, "jku", json!("https://evil.example")))),
    ] {
        assert_eq!(
            call_with(&server, &key, &token).await.header("x-user-group"),
            Some("user"),
            "{case}"
        );
    }
    assert_user(&call_with(&server, &key, &token).await, "auth0|ada");
}

#[tokio::test]
async fn an_elliptic_key_of_another_curve_is_no_key_at_all() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.save_tokens(TOKENS, &[("keys", &K256.public)]).await.expect(422);
    let told = page.text("#keys-err");
    assert!(told.contains("can't use this kind of key"), "{told}");
}

/// The eight points of small order on edwards25519, in the fourteen ways to write them.
const SMALL_ORDER: [&str; 14] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[tokio::test]
async fn a_small_order_key_for_which_anyone_can_sign_is_refused_in_json_and_in_pem() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    for point in SMALL_ORDER {
        let bytes = hex::decode(point).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&bytes) });
        let der = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &bytes].concat();
        let pem = pem::encode(&pem::Pem::new("PUBLIC KEY", der));
        for keys in [jwk.to_string(), json!({ "keys": [jwk] }).to_string(), pem] {
            let page = ada.save_tokens(TOKENS, &[("keys", &keys)]).await.expect(422);
            let told = page.text("#keys-err");
            assert!(told.contains("weak (small order)"), "{point}: {told}");
        }
    }
    assert_eq!(server.database.dump(), before);
    // Among good keys it is passed over. This is what it would open: R is the neutral point, s is 0.
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    let neutral = hex::decode(SMALL_ORDER[2]).unwrap();
    let weak = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "weak", "x": base64url(&neutral) });
    let keys = json!({ "keys": [weak, ED.jwk(Some("ed"))] }).to_string();
    ada.save_tokens(TOKENS, &[("keys", &keys)]).await.expect(303);
    let signature = base64url([&neutral[..], &[0; 32]].concat());
    for (id, message) in [("weak", "(kid)"), ("ed", "signature")] {
        let header = json!({ "alg": "EdDSA", "kid": id }).to_string();
        let token = unsigned(&header, &claims(&server).to_string(), &signature);
        assert_refused(&call_with(&server, &key, &token).await, message, id);
    }
    assert_user(&call_with(&server, &key, &ED.sign(None, &claims(&server))).await, "auth0|ada");
}

#[tokio::test]
async fn tokens_are_in_no_log_and_in_no_database() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (key, _) = ada.create_key(DEV, "publishable", "web").await;
    ada.save_tokens(TOKENS, &[("keys", &EC.public)]).await.expect(303);
    // The log is another process's, on the same database.
    let process = Process::serve(&server.database);
    let token = EC.sign(None, &claims(&server));
    let signature = token.rsplit('.').next().unwrap();
    let api = crate::support::ApiClient::new(&process.origin);
    for token in [token.clone(), format!("{}x", &token[..token.len() - 1])] {
        let bearer = format!("Bearer {token}");
        api.call(
            reqwest::Method::GET,
            "/v1/verify/my-blog/dev",
            &[("X-API-Key", key.as_bytes()), ("Authorization", bearer.as_bytes())],
        )
        .await;
    }
    let page = ada.post(&format!("{TOKENS}/try"), &[("token", &token)]).await.expect(200);
    assert!(!page.body.contains(signature), "the token is sent back");
    assert!(!process.stderr.lock().unwrap().contains(&signature[..30]));
    assert!(!server.database.dump().join("\n").contains(&signature[..30]));
}
