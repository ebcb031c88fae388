//! Anything in `X-API-Key` is answered without a panic, and is good only if it is a well-formed
//! key.
#![no_main]

use keyrack::domain::api_keys::Digest;
use keyrack::domain::key_shape::mask_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let good = Digest::of_presented(bytes).is_ok();
    if let Ok(text) = std::str::from_utf8(bytes) {
        let mask = mask_in(text);
        assert!(!good || mask.is_some(), "a good key is recognised wherever it is pasted");
        if let Some(mask) = mask {
            assert!([7, 19].contains(&mask.chars().count()) && mask_in(&mask).is_none());
        }
    } else {
        assert!(!good);
    }
});
