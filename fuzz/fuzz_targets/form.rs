//! The body of any form is parsed or refused, without a panic. The first byte says which form it
//! is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((which, body)) = bytes.split_first() {
        keyrack::web::fuzzing::form(*which, body);
    }
});
