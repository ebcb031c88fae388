//! The URI of an original request: an operation on one plain segment, or a refusal.
#![no_main]

use keyrack::domain::access_rules::{BasePath, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (method, uri) = bytes.iter().position(|b| *b == b' ').map_or((&b"GET"[..], bytes), |at| (&bytes[..at], &bytes[at + 1..]));
    for base in ["/v1/data", "/"] {
        if let Ok(Some(target)) = Target::of(method, uri, &BasePath::parse(base).unwrap()) {
            assert!(!target.resource.contains(['/', '\\', ';', '\0']) && target.resource != "." && target.resource != "..");
            assert!(target.to_string().bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
        }
    }
    if let Ok(text) = std::str::from_utf8(uri)
        && let Ok(base) = BasePath::parse(text)
    {
        assert_eq!(BasePath::parse(base.as_str()), Ok(base));
    }
});
