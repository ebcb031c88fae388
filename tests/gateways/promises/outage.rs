//! Each gateway without Keyrack.

use std::time::{Duration, Instant};

use super::Setting;

impl Setting {
    /// Keyrack is slow, then it is killed, and then nothing listens at all.
    pub(super) async fn refuses_without_keyrack(&mut self, key: &str) {
        let before = self.api.calls();
        self.keyrack.stop();
        self.is_refused_in_time(key, "stopped").await;
        self.keyrack.signal("CONT");
        let begun = Instant::now();
        while self.call("GET", &[key], &[]).await.status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(5), "{}: it is back", self.kind.name);
        }
        assert_eq!(self.api.calls(), before + 1, "{}", self.kind.name);
        self.keyrack.kill();
        self.is_refused_in_time(key, "killed").await;
        self.tap.cut();
        self.is_refused_in_time(key, "nobody listens").await;
        assert_eq!(self.api.calls(), before + 1, "{}: nothing got through", self.kind.name);
    }

    async fn is_refused_in_time(&self, key: &str, how: &str) {
        for (method, key) in [("GET", Some(key)), ("POST", Some(key)), ("GET", None)] {
            let case = format!("{} {how} {method}", self.kind.name);
            let mut quickest = Duration::MAX;
            // The machine may be busy with other tests: once in three is enough to show that it
            // can.
            for _ in 0..3 {
                let begun = Instant::now();
                let page = self.call(method, key.as_slice(), &[]).await;
                quickest = quickest.min(begun.elapsed());
                assert!(
                    [500, 502, 503, 504].contains(&page.status.as_u16()),
                    "{case}: {}",
                    page.status
                );
                if self.kind.required {
                    assert_eq!(
                        (page.status.as_u16(), page.header("retry-after")),
                        (503, Some("1")),
                        "{case}: {}",
                        self.gateway.log()
                    );
                    assert_eq!(page.json()["error"], "UNAVAILABLE", "{case}");
                    assert_eq!(page.header("content-type"), Some("application/json"), "{case}");
                }
                if quickest <= Duration::from_secs(1) {
                    break;
                }
            }
            assert!(quickest <= Duration::from_secs(1), "{case}: {quickest:?}");
        }
    }
}
