//! Lists of scopes are parsed or refused. What is kept is parsed to the same again, and allows no
//! more than it says.
#![no_main]

use keyrack::domain::access_rules::{Operation, Scopes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(Some(scopes)) = Scopes::parse(text) {
        assert_eq!(scopes.as_str().parse(), Ok(scopes.clone()));
        for operation in Operation::ALL {
            let starred = scopes.as_str().split(' ').any(|scope| scope == format!("*:{operation}"));
            assert_eq!(scopes.allow("no such resource", *operation), starred);
        }
    }
});
