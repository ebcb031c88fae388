//! The name of a browser, from the header `User-Agent`.

use actix_web::http::header::{self, HeaderMap};

/// The browser and its system, as people call them. Only our own words are used, or the first word
/// of the header. The rest of it is not needed, so it is not kept.
pub(crate) fn browser(headers: &HeaderMap) -> String {
    let agent =
        headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    // The order matters: each of them claims to be some of those below it, too.
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, system) => {
            // The name of a program, as in `curl/8.5.0` (RFC 9110, 10.1.5).
            let product = agent.split(['/', ' ']).next().unwrap_or_default();
            let plain = !product.is_empty()
                && product.len() <= 32
                && product.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            match (plain && product != "Mozilla", system) {
                (true, _) => product.to_owned(),
                (false, Some(system)) => format!("Unknown browser on {system}"),
                (false, None) => "Unknown browser".to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let called = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_str(agent).unwrap());
            browser(&headers)
        };
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                &format!(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/26.0 Safari/605.1.15"
                ),
                "Safari on macOS",
            ),
            (
                &format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) {webkit} CriOS/156.0 Mobile/15E148 Safari/604.1"
                ),
                "Chrome on iOS",
            ),
            ("curl/8.5.0", "curl"),
            ("<script>alert(1)</script>", "Unknown browser"),
            ("Mozilla/5.0 (Windows)", "Unknown browser on Windows"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(called(agent), name, "{agent}");
        }
        assert_eq!(browser(&HeaderMap::new()), "Unknown browser");
    }
}
