//! The path at which a gateway asks, and the headers with the original request. There is no panic,
//! and the project and environment asked for are those that the gateway wrote, whatever is in the
//! client's path. The first line is the path, and the others are headers.
#![no_main]

use keyrack::web::fuzzing::understand;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let Ok(address) = std::str::from_utf8(&bytes[..end]) else { return };
    let Some(understood) = understand(false, address, &bytes[end..]) else { return };
    let Some((asked, path)) = understood.asked else { return };
    let (project, environment) = asked.split_once('/').unwrap();
    for segment in [project, environment] {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        assert!(segment == "*" || !segment.is_empty() && segment.bytes().all(plain), "{asked}");
    }
    let own = format!("/v1/verify/{asked}");
    let rest = address.strip_prefix(&own).expect("the address begins with what is asked for");
    match path {
        Some(path) => {
            assert!(path == rest && path.starts_with('/'));
            let told = String::from_utf8_lossy(&bytes[end..]).to_ascii_lowercase();
            assert!(told.contains("x-original-from:"), "the gateway says which part is its own");
        }
        None => assert!(rest.is_empty() || rest.starts_with('?'), "{rest}"),
    }
});
