//! A form with several mistakes reports all of them, so that nobody has to send it three times to
//! learn of the third.

use chrono::TimeDelta;

use crate::support::{Authenticator, PASSWORD, Page, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const WRONG: &str = "not-the-password-9";

#[track_caller]
fn assert_errors(page: Page, fields: &[&str]) {
    let page = page.expect(422);
    for field in fields {
        assert!(page.has(&format!("#{field}-err")), "nothing beside {field}: {}", page.body);
    }
    assert_eq!(page.texts("main .error").len(), fields.len(), "{:?}", page.texts("main .error"));
}

#[tokio::test]
async fn of_a_new_key_also_what_only_the_database_knows() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "server-key").await;
    ada.post("/projects/my-blog/settings/key-life", &[("days", "30")]).await.expect(303);
    let yesterday = (server.clock.now() - TimeDelta::days(1)).date().to_string();
    let next_year = (server.clock.now() + TimeDelta::days(365)).date().to_string();
    let key = format!("sk_{}", "0".repeat(64));
    for (name, on, scopes, from) in [
        ("server-key", &yesterday, "no scope", "nowhere"),
        ("SERVER-KEY", &next_year, &*key, &*key),
        ("", &next_year, "no scope", ""),
        ("server-key", &yesterday, "", ""),
    ] {
        let token = ada.form_token(DEV, "secret").await;
        let fields = [
            ("token", token.as_str()),
            ("kind", "secret"),
            ("name", name),
            ("expires", "date"),
            ("expires_on", on),
            ("scopes", scopes),
            ("from", from),
        ];
        let mut wrong = vec!["name-secret", "expires-secret"];
        wrong.extend((!scopes.is_empty()).then_some("scopes-secret"));
        wrong.extend((!from.is_empty()).then_some("from-secret"));
        assert_errors(ada.post(DEV, &fields).await, &wrong);
    }
}

#[tokio::test]
async fn of_a_changed_key() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "server-key").await;
    let (_, id) = ada.create_key(DEV, "secret", "other-key").await;
    let note = "x".repeat(5000);
    let fields = [("name", "server-key"), ("note", note.as_str())];
    assert_errors(ada.post(&format!("{DEV}/{id}/edit"), &fields).await, &["name", "note"]);
}

#[tokio::test]
async fn of_a_new_project_also_a_slug_that_is_taken() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let fields = [("name", ""), ("slug", "my-blog"), ("description", "")];
    assert_errors(ada.post("/projects", &fields).await, &["name", "slug"]);
}

#[tokio::test]
async fn of_the_account_the_password_beside_the_rest() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let fields = [("current", WRONG), ("new", "short")];
    assert_errors(ada.post("/account/password", &fields).await, &["current", "new"]);
    let fields = [("email", "no address"), ("password", WRONG)];
    assert_errors(ada.post("/account/email", &fields).await, &["email", "email-password"]);
    let page = ada.get("/account/two-step").await.expect(200);
    let secret = page.attribute("input[name=secret]", "value");
    let fields = [("secret", secret.as_str()), ("code", "000"), ("password", WRONG)];
    assert_errors(ada.post("/account/two-step", &fields).await, &["code", "password"]);
    let fields = [("person", ""), ("password", WRONG)];
    let zoe = server.user("Zoe", "zoe@example.com");
    server.member("my-blog", &zoe, "member");
    let page = ada.post("/projects/my-blog/team/hand-over", &fields).await;
    assert_errors(page, &["person", "password"]);

    Authenticator::turn_on(&server, &ada).await;
    let fields = [("current", WRONG), ("new", "short"), ("code", "")];
    let page = ada.post("/account/password", &fields).await;
    assert_errors(page, &["current", "new", "password-code"]);
    for path in ["/account/two-step/off", "/account/recovery-codes"] {
        let page = ada.post(path, &[("password", WRONG), ("code", "")]).await;
        assert_errors(page, &["password", "code"]);
    }
}

/// Whoever lacks the password must not learn whether a code is right.
#[tokio::test]
async fn but_a_code_is_not_judged_beside_a_wrong_password() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (app, _) = Authenticator::turn_on(&server, &ada).await;
    server.clock.advance(TimeDelta::minutes(1));
    let (right, wrong) = (app.code(&server), app.code_in(&server, 86_400));
    for code in [&right, &wrong] {
        let fields = [("password", WRONG), ("code", code.as_str())];
        assert_errors(ada.post("/account/two-step/off", &fields).await, &["password"]);
    }
    let fields = [("password", PASSWORD), ("code", right.as_str())];
    ada.post("/account/two-step/off", &fields).await.expect(303);
}
