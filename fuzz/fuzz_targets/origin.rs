//! Allowed origins. What is kept is something that a browser would send, or a loopback origin with
//! `*` as the port.
#![no_main]

use keyrack::domain::access_rules::{AllowedOrigin, AllowedOrigins};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(origin) = AllowedOrigin::parse(text) {
        assert_eq!(AllowedOrigin::parse(origin.as_str()).as_ref(), Ok(&origin));
        assert!(origin.as_str().is_ascii() && origin.as_str().matches('/').count() == 2);
    }
    if let Ok(origins) = AllowedOrigins::parse(text) {
        assert_eq!(AllowedOrigins::parse(&origins.lines()).as_ref(), Ok(&origins));
        let _ = origins.allow(text);
    }
});
