//! What members and viewers see, and what happens when a role changes under an open page.

use keyrack::domain::api_keys::Kind;

use super::{DEV, PROD, hang, server};
use crate::support::Browser;

const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn controls_that_a_role_may_not_use_are_off_and_the_reason_is_given_once() {
    let server = server().await;
    hang(&server, "prod", Kind::Secret, &["server-key"]);
    let dana = server.user("Vera", "vera@example.com");
    for (role, path, reason) in [
        ("member", PROD, "prod is protected. Only owners and admins can add or delete keys."),
        ("viewer", DEV, "can add or delete keys"),
    ] {
        server.member("my-blog", &dana, role);
        let browser = Browser::open(&server).await;
        browser.sign_in("vera@example.com", path).await;
        browser.read(".why", reason).await;
        let controls = "return [...document.querySelectorAll('#main .card.keys :is(header, td.end) :is(a, button)')].map(e => e.tagName + e.disabled)";
        let controls = browser.eval(controls).await;
        let controls: Vec<String> = serde_json::from_value(controls).unwrap();
        assert!(
            controls.len() >= 2 && controls.iter().all(|control| control == "BUTTONtrue"),
            "{controls:?}"
        );
        for card in ["publishable", "secret"] {
            let text = browser.text(&format!("#{card}")).await;
            assert_eq!(text.matches("can add or delete keys").count(), 1, "{text}");
        }
        browser.look(&format!("role-{role}")).await;
        browser.quit().await;
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_meanwhile_is_told_where_one_looks() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let vera = server.user("Vera", "vera@example.com");
    server.member("my-blog", &vera, "member");
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 403");
    browser.expect_console("/static/htmx-");
    browser.sign_in("vera@example.com", DEV).await;
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    server.member("my-blog", &vera, "viewer");
    browser.press(format!("server-key{ENTER}")).await;
    browser.read("dialog", "You may not do this").await;
    browser.look("refused-in-dialog").await;
    browser.press("\u{e00c}").await;
    browser.see_no("dialog").await;
    browser.click("#secret header .btn").await;
    browser.read("#toasts", "You may not do this").await;
    browser.look("refused").await;
    browser.quit().await;
}

#[tokio::test]
async fn strangers_see_that_nothing_hangs_here() {
    let server = server().await;
    server.user("Eve", "eve@example.com");
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 404");
    browser.sign_in("eve@example.com", "/projects").await;
    browser.read("main", "You are not in any project yet.").await;
    browser.look("no-projects").await;
    browser.go("/").await;
    browser.arrive("/projects").await;
    browser.go(DEV).await;
    browser.read("h1", "Nothing hangs here").await;
    browser.look("404").await;
    browser.quit().await;
}
