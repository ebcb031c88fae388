//! The mails, with head and text.

use chrono::TimeDelta;

use super::assert_looks_like;
use crate::support::{Authenticator, MailServer, PASSWORD, Server, SignedIn, Temper, eventually};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const NEW: &str = "violet-anchor-syrup-62";

/// The one mail that comes next.
async fn next(mail: &MailServer, seen: &mut usize) -> String {
    eventually(|| mail.mails().len() > *seen).await;
    let next = mail.mails().swap_remove(*seen);
    *seen += 1;
    let head = next.data.split_once("\r\n\r\n").unwrap().0.replace("\r\n", "\n");
    let head = head.lines().filter(|line| !line.starts_with("Date: ")).collect::<Vec<_>>();
    format!("{}\n\n{}", head.join("\n"), next.text().replace("\r\n", "\n"))
}

async fn check_keys_only(ada: &SignedIn) {
    let rules = "/projects/my-blog/dev/access-rules";
    let form = "main form[action$='/check-keys-only']";
    let page = ada.get(rules).await.expect(200);
    let value = |name: &str| page.attribute(&format!("{form} input[name={name}]"), "value");
    let (environment, version) = (value("environment"), value("version"));
    let fields =
        [("environment", environment.as_str()), ("version", version.as_str()), ("turn", "on")];
    ada.post(&format!("{rules}/check-keys-only"), &fields).await.expect(303);
}

#[tokio::test]
async fn mails() {
    let mail = MailServer::start(Temper::Friendly);
    let server = Server::start_with(&[
        "--public-url",
        "http://keys.example.com",
        "--smtp-url",
        &mail.url,
        "--trusted-proxy",
        "127.0.0.1",
    ])
    .await;
    let ada = server.ada().await;
    let mut seen = 0;
    let mut looks_like = async |name: &str| {
        let text = next(&mail, &mut seen).await;
        assert_looks_like(&format!("mail-{name}"), &text);
    };

    let invited = [("email", "kim@example.com"), ("role", "member")];
    ada.post("/projects/my-blog/team/invite", &invited).await.expect(200);
    looks_like("invitation").await;

    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let report = reqwest::Client::new().post(server.url("/v1/leaks"));
    let report = report.body(serde_json::json!({ "key": key }).to_string());
    assert_eq!(report.send().await.unwrap().status(), 202);
    looks_like("leaked-key").await;
    check_keys_only(&ada).await;
    looks_like("check-keys-only").await;

    let (app, _) = Authenticator::turn_on(&server, &ada).await;
    looks_like("two-step-on").await;
    server.clock.advance(TimeDelta::minutes(1));
    let code = app.code(&server);
    let fields = [("password", PASSWORD), ("code", code.as_str())];
    ada.post("/account/two-step/off", &fields).await.expect(303);
    looks_like("two-step-off").await;

    let fields = [("email", "lovelace@example.com"), ("password", PASSWORD)];
    ada.post("/account/email", &fields).await.expect(303);
    looks_like("new-address-link").await;
    looks_like("new-address-asked").await;

    let fields = [("current", PASSWORD), ("new", NEW)];
    ada.post("/account/password", &fields).await.expect(303);
    looks_like("password").await;
}
