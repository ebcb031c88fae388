//! The method and URI of an original request. They are judged without a panic, a denial is one
//! line, and no other spelling of the base path gets past rules that allow nothing.
#![no_main]

use keyrack::domain::access_rules::{BasePath, Denied, Elsewhere, Group, Original, Rights, Rules};
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode;

/// Whether an API could read the path as one under the base path.
fn reads_as_base(uri: &[u8]) -> bool {
    let path = uri.split(|byte| *byte == b'?').next().unwrap_or_default();
    percent_decode(path).decode_utf8_lossy().to_lowercase().starts_with("/v1/data/")
}

fuzz_target!(|bytes: &[u8]| {
    let (method, uri) = bytes.iter().position(|b| *b == b' ').map_or((&b"GET"[..], bytes), |at| (&bytes[..at], &bytes[at + 1..]));
    let original = Original::known(&[(method, uri)], &[method], false);
    for base in ["/v1/data", "/"] {
        let rules = Rules { base_path: BasePath::parse(base).unwrap(), elsewhere: Elsewhere::Everybody, rights: Rights::NONE, ..Rules::default() };
        match rules.may(Group::Guest, None, &original) {
            Ok(()) => assert!(!reads_as_base(uri) || method == b"OPTIONS", "it is under the base path"),
            Err(denied) => {
                assert!(!denied.to_string().contains(char::is_control));
                if let Denied::Right { target, .. } = denied {
                    assert!(!target.resource.contains(['/', '\\', ';', '\0']) && target.resource != "." && target.resource != "..");
                    assert!(target.to_string().bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                }
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(uri)
        && let Ok(base) = BasePath::parse(text)
    {
        assert_eq!(BasePath::parse(base.as_str()), Ok(base));
    }
});
