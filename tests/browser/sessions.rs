//! The first account, signing in and out, and sessions that end.

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;

use super::{ADA, DEV, ada, hang, server};
use crate::support::{Authenticator, Browser, PASSWORD, Server};

const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn the_setup_link_makes_the_first_account_and_lands_on_the_keys() {
    let server = Server::start().await;
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 403");
    browser.expect_console("status of 422");
    browser.go("/").await;
    browser.read("h1", "Keyrack is not set up yet").await;
    browser.look("not-set-up").await;
    browser.click_on("Try again").await;
    browser.read("h1", "Keyrack is not set up yet").await;
    browser.go("/setup?token=wrong").await;
    browser.read("h1", "This setup link is used or too old").await;

    let link = server.setup_link.clone().unwrap();
    browser.go(link.strip_prefix(&server.origin).unwrap()).await;
    browser.focused("name").await;
    browser.look("setup").await;
    browser.press("Ada\u{e004}ada@example.com\u{e004}password1234\u{e004}\u{e004}My Blog").await;
    browser.press(ENTER).await;
    browser.see("#password-err").await;
    assert_eq!(browser.value("#project").await, "My Blog");
    assert_eq!(browser.value("#password").await, "");
    browser.look("setup-error").await;
    browser.type_into("#password", PASSWORD).await;
    browser.press(ENTER).await;
    browser.arrive(DEV).await;
    browser.read("#secret .empty", "No secret keys in dev.").await;
    browser.go(link.strip_prefix(&server.origin).unwrap()).await;
    browser.read("h1", "This setup link is used or too old").await;
    // The way on is the one that the text names; who is signed in comes to the keys.
    browser.click_on("Sign in").await;
    browser.arrive(DEV).await;
    browser.quit().await;
}

#[tokio::test]
async fn signing_in_leads_back_and_signing_out_leaves_nothing() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 422");
    browser.go(DEV).await;
    browser.read("h1", "Sign in to Keyrack").await;
    browser.focused("email").await;
    browser.look("sign-in").await;
    browser.press(format!("{ADA}\u{e004}not the password{ENTER}")).await;
    browser.read("main", "E-mail or password is wrong.").await;
    assert_eq!(browser.value("#email").await, ADA);
    browser.focused("password").await;
    browser.look("sign-in-wrong").await;
    browser.press(format!("{PASSWORD}{ENTER}")).await;
    browser.arrive(DEV).await;

    browser.go("/").await;
    browser.arrive(DEV).await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Sign out").await;
    browser.arrive("/sign-in").await;
    browser.back().await;
    browser.read("h1", "Sign in to Keyrack").await;
    assert!(
        !browser
            .eval("return document.body.innerText")
            .await
            .as_str()
            .unwrap()
            .contains("server-key")
    );
    browser.quit().await;
}

#[tokio::test]
async fn an_ended_session_asks_to_sign_in_and_comes_back() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let browser = ada(&server).await;
    browser.expect_console("status of 401");
    browser.expect_console("/static/htmx-"); // says it once more
    let ways = ["#secret header .btn", "#secret-rows td.end a"];
    for way in ways {
        server.clock.advance(TimeDelta::hours(13));
        browser.click(way).await;
        browser.read("h1", "Sign in to Keyrack").await;
        assert_eq!(browser.value("#email").await, ADA);
        browser.focused("password").await;
        browser.press(format!("{PASSWORD}{ENTER}")).await;
        browser.arrive(DEV).await;
    }
    // In the middle of things.
    browser.add_key("secret").await;
    server.clock.advance(TimeDelta::hours(13));
    browser.press(format!("late{ENTER}")).await;
    browser.read("h1", "You are signed out").await;
    browser.look("signed-out").await;
    assert_eq!(browser.value("#email").await, ADA);
    browser.type_into("#password", PASSWORD).await;
    browser.click_on("Sign in").await;
    browser.read("#secret-rows", "This was not sent: you were signed out.").await;
    assert_eq!(browser.value("#name-secret").await, "late");
    browser.look("refilled").await;
    assert_eq!(browser.names("secret").await, ["server-key"], "nothing was created");
    browser.quit().await;
}

#[tokio::test]
async fn what_was_typed_comes_back_without_javascript_and_with_a_recovery_code() {
    let server = server().await;
    let with_app = server.sign_in(ADA).await;
    let (_, codes) = Authenticator::turn_on(&server, &with_app).await;
    let browser = Browser::without_javascript(&server).await;
    browser.expect_console("status of 401");
    browser.go("/sign-in?next=/projects/new").await;
    browser.type_into("#email", ADA).await;
    browser.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.type_into("#code", &format!("{}{ENTER}", codes[0])).await;
    browser.read("h1", "New project").await;
    browser.type_into("#name", "Shop \"two\" & more").await;
    browser.type_into("#desc", "line one").await;
    server.database.execute("DELETE FROM sessions");
    browser.click_on("Create project").await;
    browser.read("h1", "You are signed out").await;
    browser.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    browser.read("h1", "Two-step sign-in").await;
    browser.click_on("Use a recovery code").await;
    browser.read("main", "Enter one of your recovery codes.").await;
    browser.look("sign-in-recovery-kept").await;
    browser.click_on("Use your authenticator app").await;
    browser.read("main", "Enter the six digits").await;
    browser.click_on("Use a recovery code").await;
    browser.type_into("#code", &format!("{}{ENTER}", codes[1])).await;
    browser.read("main", "What you typed is still here.").await;
    browser.click_on("Back to the form").await;
    browser.read("main", "This was not sent: you were signed out.").await;
    assert_eq!(browser.value("#name").await, "Shop \"two\" & more");
    assert_eq!(browser.value("#desc").await, "line one");
    browser.click_on("Create project").await;
    browser.arrive("/projects/shop-two-more/dev/api-keys").await;
    browser.quit().await;
}
