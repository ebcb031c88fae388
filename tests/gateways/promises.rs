//! What each gateway does with good and bad keys, and without Keyrack.

mod outage;
mod rights;

use std::time::Duration;

use reqwest::{Client, Method};

use super::{IDENTITY, UNKNOWN};
use crate::support::gateway::{CADDY, ENVOY, Gateway, HAPROXY, Kind, NGINX, TRAEFIK};
use crate::support::tenant::{self, DEV};
use crate::support::{ApiClient, Echo, Page, Process, Seen, Tap, TestDatabase};

/// What a client may try, in all spellings that some server takes for the same.
const FORGED: [&str; 16] = [
    "X-Key-Id",
    "X-Key-Kind",
    "X-Project-Id",
    "X-Environment",
    "X-User-Group",
    "X-User-Id",
    "X_Key_Id",
    "X_Key-Kind",
    "X-Project_Id",
    "X_Project_Id",
    "X_Environment",
    "X_User_Group",
    "X-User_Group",
    "x_user-group",
    "X-User_Id",
    "X_USER_ID",
];

#[tokio::test]
async fn nginx_lets_good_keys_through_and_nothing_else() {
    keeps_its_promises(NGINX).await;
}

#[tokio::test]
async fn caddy_lets_good_keys_through_and_nothing_else() {
    keeps_its_promises(CADDY).await;
}

#[tokio::test]
async fn haproxy_lets_good_keys_through_and_nothing_else() {
    keeps_its_promises(HAPROXY).await;
}

#[tokio::test]
async fn traefik_lets_good_keys_through_and_nothing_else() {
    keeps_its_promises(TRAEFIK).await;
}

#[tokio::test]
async fn envoy_lets_good_keys_through_and_nothing_else() {
    keeps_its_promises(ENVOY).await;
}

struct Setting {
    kind: Kind,
    keyrack: Process,
    direct: ApiClient,
    through: ApiClient,
    gateway: Gateway,
    api: Echo,
    tap: Tap,
}

async fn keeps_its_promises(kind: Kind) {
    let database = TestDatabase::sqlite();
    tenant::settle(&database);
    let keyrack = Process::serve_with(&database, &["--trusted-proxy", "127.0.0.1"]);
    let ada = tenant::ada(&keyrack.origin).await;
    // Outside the base path only the key counts, whatever the method.
    let rules = "/projects/my-blog/dev/access-rules";
    ada.save_rules(rules, &[("elsewhere", "everybody")]).await.expect(303);
    let (secret, secret_id) = ada.create_key(DEV, "secret", "server-key").await;
    let (publishable, publishable_id) = ada.create_key(DEV, "publishable", "my-app-key").await;
    let (deleted, deleted_id) = ada.create_key(DEV, "secret", "old-key").await;
    ada.delete_key(DEV, &deleted_id, "old-key").await.expect(303);
    let limited = ["--kind", "secret", "--name", "slow", "--rate", "1"];
    let limited = Process::run(
        &database,
        &[&["key", "add", "--project", "my-blog", "--environment", "dev"], &limited[..]].concat(),
    );
    let limited = String::from_utf8(limited.stdout).unwrap().trim().to_owned();
    let project = database.query("SELECT id AS value FROM projects").remove(0);

    let api = Echo::start();
    let tap = Tap::before(keyrack.origin.strip_prefix("http://").unwrap().parse().unwrap()).await;
    let Some(gateway) =
        Gateway::start(kind, &tap.address.to_string(), &api.address.to_string(), "my-blog/dev")
            .await
    else {
        return;
    };
    let direct = ApiClient::new(&keyrack.origin);
    let through = ApiClient::new(&gateway.origin);
    let mut setting = Setting { kind, keyrack, direct, through, gateway, api, tap };

    for (key, id, word, group) in [
        (&secret, &secret_id, "secret", "admin"),
        (&publishable, &publishable_id, "publishable", "guest"),
    ] {
        setting.lets_through(key, [id, word, &project, "dev", group, "-"]).await;
    }
    let good = secret.as_str();
    for keys in [
        &[][..],
        &[""],
        &[UNKNOWN],
        &["nonsense"],
        &[&deleted],
        &[good, good],
        &[good, UNKNOWN],
        &[UNKNOWN, good],
    ] {
        setting.refuses(keys).await;
    }
    setting.refuses_what_comes_too_often(&limited).await;
    let narrowed = ["--kind", "secret", "--name", "reader", "--scope", "posts:read"];
    let narrowed = Process::run(
        &database,
        &[&["key", "add", "--project", "my-blog", "--environment", "dev"], &narrowed[..]].concat(),
    );
    setting
        .keeps_calls_within_their_rights(
            &publishable,
            String::from_utf8(narrowed.stdout).unwrap().trim(),
        )
        .await;
    setting.lets_preflights_through(good).await;
    setting.keeps_its_connections(good).await;
    setting.refuses_without_keyrack(good).await;
}

impl Setting {
    /// Sends a call with all forged headers.
    async fn call(&self, method: &str, keys: &[&str], more: &[(&str, &str)]) -> Page {
        let client = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        let mut request = client.request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            self.url("/v1/files/posts?draft=1"),
        );
        for key in keys {
            request = request.header("X-API-Key", *key);
        }
        for name in FORGED {
            request = request.header(name, "forged");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        for name in [
            "X-Original-Method",
            "X-Original-URI",
            "X-Original-From",
            "X-Forwarded-Method",
            "X-Forwarded-Uri",
        ] {
            request = request.header(name, "/forged");
        }
        request = request.header("Cookie", "session=private").header("X-Forwarded-For", "6.6.6.6");
        if method == "POST" {
            request = request.body(vec![b'x'; 300_000]);
        }
        match request.send().await {
            Ok(answer) => Page::of(answer).await,
            Err(error) => {
                panic!("{}: {method} {keys:?}: {error:?}\n{}", self.kind.name, self.gateway.log())
            }
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.gateway.origin)
    }

    #[track_caller]
    fn seen(&self, page: &Page) -> Seen {
        let name = self.kind.name;
        serde_json::from_str(
            page.header("x-seen")
                .unwrap_or_else(|| panic!("{name}: {} {}", page.status, page.body)),
        )
        .unwrap()
    }

    async fn lets_through(&self, key: &str, identity: [&str; 6]) {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "DELETE"] {
            let case = format!("{} {method}", self.kind.name);
            self.tap.asked();
            let page = self.call(method, &[key], &[]).await;
            assert_eq!(page.status, 200, "{case}: {}\n{}", page.body, self.gateway.log());
            let seen = self.seen(&page);
            assert_eq!(
                (seen.method.as_str(), seen.uri.as_str()),
                (method, "/v1/files/posts?draft=1"),
                "{case}"
            );
            assert_eq!(seen.body, if method == "POST" { 300_000 } else { 0 }, "{case}");
            for (name, value) in IDENTITY.into_iter().zip(identity) {
                assert_eq!(seen.values(name), [value], "{case}: {name}: {:?}", seen.headers);
            }
            assert_eq!(
                seen.values("x-api-key"),
                Vec::<&str>::new(),
                "{case}: the key stops at the gateway"
            );
            assert!(!format!("{seen:?}").contains(&key[3..]), "{case}");

            let asked = self.tap.asked().to_lowercase();
            if self.kind.name == "envoy" {
                assert!(
                    asked.starts_with(&format!(
                        "{} /v1/verify/my-blog/dev/v1/files/posts?draft=1 ",
                        method.to_lowercase()
                    )),
                    "{case}: {asked}"
                );
            } else {
                let original = |a: &str, b: &str| asked.contains(&format!("\r\n{a}: {b}\r\n"));
                let method = method.to_lowercase();
                assert!(
                    original("x-original-method", &method)
                        || original("x-forwarded-method", &method),
                    "{case}: {asked}"
                );
                let uri = "/v1/files/posts?draft=1";
                assert!(
                    original("x-original-uri", uri) || original("x-forwarded-uri", uri),
                    "{case}: {asked}"
                );
            }
            assert!(!asked.contains("/forged"), "{case}: {asked}");
            // Envoy writes the client's address behind what was there; Keyrack believes the last
            // one.
            assert!(self.kind.name == "envoy" || !asked.contains("6.6.6.6"), "{case}: {asked}");
            assert!(
                !asked.contains("session=private") && asked.len() < 4000,
                "{case}: neither cookies nor bodies: {asked}"
            );
        }
    }

    /// Checks that the client gets Keyrack's answer, and that the call does not reach the API.
    async fn refuses(&self, keys: &[&str]) {
        // Envoy makes one header of two, with a comma between (RFC 9110, 5.3).
        let joined = keys.join(",");
        let asked =
            if self.kind.name == "envoy" && keys.len() > 1 { &[joined.as_str()][..] } else { keys };
        let headers: Vec<(&str, &[u8])> =
            asked.iter().map(|key| ("X-API-Key", key.as_bytes())).collect();
        let expected = self.direct.call(Method::GET, "/v1/verify/my-blog/dev", &headers).await;
        let before = self.api.calls();
        for method in ["GET", "POST", "HEAD", "OPTIONS"] {
            let page = self.call(method, keys, &[]).await;
            self.assert_same(
                &page,
                &expected,
                method,
                &format!("{} {method} {keys:?}", self.kind.name),
            );
        }
        // An Origin alone makes no preflight.
        let page = self.call("OPTIONS", keys, &[("Origin", "https://app.example.com")]).await;
        assert_eq!(page.status, expected.status, "{} {keys:?}", self.kind.name);
        assert_eq!(self.api.calls(), before, "{} {keys:?}", self.kind.name);
    }

    #[track_caller]
    fn assert_same(&self, page: &Page, expected: &Page, method: &str, case: &str) {
        assert_eq!(page.status, expected.status, "{case}: {}\n{}", page.body, self.gateway.log());
        assert_eq!(page.body, if method == "HEAD" { "" } else { &expected.body }, "{case}");
        // Envoy tells no type of a body that it does not send.
        let without_type = self.kind.name == "envoy" && method == "HEAD";
        for name in ["content-type", "www-authenticate", "retry-after", "cache-control"]
            .into_iter()
            .skip(usize::from(without_type))
        {
            let values: Vec<&str> =
                page.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            let expected: Vec<&str> = expected.header(name).into_iter().collect();
            assert_eq!(values, expected, "{case}: {name}");
        }
        for name in IDENTITY.into_iter().chain(["x-refusal"]) {
            assert_eq!(page.header(name), None, "{case}");
        }
    }

    async fn refuses_what_comes_too_often(&self, limited: &str) {
        let before = self.api.calls();
        let mut good = 0;
        let refused = loop {
            let page = self.call("GET", &[limited], &[]).await;
            if page.status != 200 {
                break page;
            }
            good += 1;
        };
        assert_eq!(
            (refused.status.as_u16(), refused.header("retry-after")),
            (429, Some("1")),
            "{}",
            self.kind.name
        );
        let limits = ["x-ratelimit-limit", "x-ratelimit-remaining"];
        assert_eq!(
            limits.map(|name| refused.header(name)),
            [Some("1"), Some("0")],
            "{}",
            self.kind.name
        );
        assert_eq!(
            (refused.json()["error"].as_str(), self.api.calls()),
            (Some("RATE_LIMITED"), before + good)
        );
    }

    async fn lets_preflights_through(&self, key: &str) {
        let asks =
            [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST")];
        for keys in [&[][..], &[key], &["nonsense"]] {
            let page = self.call("OPTIONS", keys, &asks).await;
            let seen = self.seen(&page);
            for name in IDENTITY.into_iter().chain(["x-api-key"]) {
                assert_eq!(
                    seen.values(name),
                    Vec::<&str>::new(),
                    "{} {name}: nobody was checked",
                    self.kind.name
                );
            }
        }
        // Only OPTIONS: nothing gets through with the headers of a preflight.
        let before = self.api.calls();
        for method in ["GET", "POST", "HEAD"] {
            assert_eq!(
                self.call(method, &[], &asks).await.status,
                401,
                "{} {method}",
                self.kind.name
            );
        }
        assert_eq!(self.api.calls(), before);
    }

    async fn keeps_its_connections(&self, key: &str) {
        let before = self.tap.connections();
        for _ in 0..50 {
            self.through
                .call(Method::GET, "/v1/files/posts", &[("X-API-Key", key.as_bytes())])
                .await
                .expect(200);
        }
        let made = self.tap.connections() - before;
        assert!(made < 10, "{}: {made} connections for 50 checks", self.kind.name);
    }
}
