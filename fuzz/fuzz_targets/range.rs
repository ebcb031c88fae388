//! Address ranges. What is kept is parsed to the same again.
#![no_main]

use keyrack::domain::access_rules::AddressRanges;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(Some(ranges)) = AddressRanges::parse(text) {
        assert_eq!(ranges.as_str().parse(), Ok(ranges.clone()));
        let _ = ranges.contain([127, 0, 0, 1].into());
    }
});
