//! What people type: names, slugs, addresses, searches and passwords. Once parsed, they are parsed
//! to the same again, and contain no key.
#![no_main]

use keyrack::domain::api_keys::{FormToken, Id, KeyName, Search};
use keyrack::domain::key_shape::mask_in;
use keyrack::domain::projects::{Description, Name, Slug};
use keyrack::domain::users::Email;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = KeyName::parse(text) {
        assert_eq!(KeyName::parse(name.as_str()).as_ref(), Ok(&name));
        assert!(mask_in(name.as_str()).is_none() && (1..=64).contains(&name.as_str().chars().count()));
    }
    if let Ok(name) = Name::parse(text) {
        assert!(Slug::parse(Slug::from_name(&name).as_str()).is_ok());
    }
    if let Ok(slug) = Slug::parse(text) {
        assert!(slug.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
    }
    let _ = (Description::parse(text), FormToken::parse(text), Id::parse(text));
    assert!(mask_in(Search::parse(text).as_str()).is_none());
});
