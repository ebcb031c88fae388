//! The lists in which proxies name the client. Whatever a client puts at the front, only the
//! element that the trusted proxy added counts.
#![no_main]

use std::net::IpAddr;

use keyrack::web::fuzzing::understand;
use libfuzzer_sys::fuzz_target;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

fuzz_target!(|bytes: &[u8]| {
    if bytes.contains(&b'\n') {
        return;
    }
    let lines = |lines: &[[&[u8]; 3]]| {
        lines.iter().flatten().flat_map(|part| part.iter().copied()).collect::<Vec<u8>>()
    };
    // By themselves, the bytes give any address, or none.
    let alone = lines(&[
        [b"X-Forwarded-For:", bytes, b"\n"],
        [b"X-Forwarded-Proto:", bytes, b"\n"],
        [b"X-Forwarded-Host:", bytes, b"\n"],
        [b"Forwarded:", bytes, b"\n"],
    ]);
    for rfc_7239 in [false, true] {
        let _ = understand(rfc_7239, "/", &alone);
    }
    let added = lines(&[
        [b"X-Forwarded-For:", bytes, b", 203.0.113.7, 10.0.0.1\n"],
        [b"X-Forwarded-Proto:", bytes, b", https, http\n"],
        [b"X-Forwarded-Host:", bytes, b", keys.example.com, inside\n"],
    ]);
    if let Some(understood) = understand(false, "/", &added) {
        assert_eq!(understood.client, Some(CLIENT));
        assert_eq!(understood.origin, "https://keys.example.com");
    }
    let element = b", for=203.0.113.7;proto=https;host=keys.example.com, for=10.0.0.1;proto=http\n";
    if let Some(understood) = understand(true, "/", &lines(&[[b"Forwarded:", bytes, element]])) {
        assert_eq!(understood.client, Some(CLIENT));
        assert_eq!(understood.origin, "https://keys.example.com");
    }
});
