//! Access tokens, keys in JSON and PEM, and URLs of issuers: whatever they are, no panic; and no
//! token is good with a key that nobody has. What stands beside a good key in a JWKS spoils it not.
#![no_main]

use keyrack::domain::access_tokens::{
    IssuerUrl, KeySet, Seen, Settings, Source, Token, jwks_uri, key_text, parse_claim,
};
use libfuzzer_sys::fuzz_target;

const ED25519: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// serde_json's limit is 128.
const DEEP: usize = 120;

fuzz_target!(|text: &str| {
    let keys = KeySet::parse(ED25519).unwrap();
    let settings = Settings { issuer: None, audience: None, subject: None, source: Source::Pasted(ED25519.to_owned()) };
    if let Ok(token) = Token::parse(text) {
        assert!(token.check(&settings, &keys, Default::default()).is_err());
    }
    let _ = (Seen::in_token(text), KeySet::parse(text), KeySet::from_json(text.as_bytes()));
    let _ = (jwks_uri(text.as_bytes()), parse_claim(text), KeySet::parse(&key_text(text)));
    // One odd key spoils none of the others.
    let depth = text.bytes().filter(|byte| b"[{".contains(byte)).count();
    if depth < DEEP && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        let among = ED25519.replace("]}", &format!(",{text}]}}"));
        assert!(KeySet::from_json(among.as_bytes()).is_ok(), "{among}");
    }
    if let Ok(url) = IssuerUrl::parse(text, false) {
        assert!(url.as_str().starts_with("https://") && url.allowed(false).is_ok());
    }
});
