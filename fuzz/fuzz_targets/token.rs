//! Access tokens, keys in JSON and PEM, and URLs of issuers. None of them causes a panic, and no
//! token is good for a key that nobody has. A good key in a JWKS works whatever else is in it.
#![no_main]

use keyrack::domain::access_tokens::{
    IssuerUrl, KeySet, Seen, Settings, Source, Token, jwks_uri, key_text, parse_claim,
};
use libfuzzer_sys::fuzz_target;

const ED25519: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// How deep a text may be nested. serde_json's own limit is 128.
const DEEP: usize = 120;

fuzz_target!(|text: &str| {
    let keys = KeySet::parse(ED25519).unwrap();
    let settings = Settings { issuer: None, audience: None, subject: None, source: Source::Pasted(ED25519.to_owned()) };
    if let Ok(token) = Token::parse(text) {
        assert!(token.check(&settings, &keys, Default::default()).is_err());
    }
    let _ = (Seen::in_token(text), KeySet::parse(text), KeySet::from_json(text.as_bytes()));
    let _ = (jwks_uri(text.as_bytes()), parse_claim(text), KeySet::parse(&key_text(text)));
    // An odd key does not keep the others from working.
    let depth = text.bytes().filter(|byte| b"[{".contains(byte)).count();
    if depth < DEEP && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        let among = ED25519.replace("]}", &format!(",{text}]}}"));
        assert!(KeySet::from_json(among.as_bytes()).is_ok(), "{among}");
    }
    if let Ok(url) = IssuerUrl::parse(text, false) {
        assert!(url.as_str().starts_with("https://") && url.allowed(false).is_ok());
    }
});
