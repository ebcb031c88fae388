//! A slow connection, and answers that never arrive.

use std::time::Duration;

use keyrack::domain::api_keys::Kind;

use super::{ADA, DEV, hang, server};
use crate::support::{Browser, Proxy, Server};

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";

async fn behind_a_bad_line(server: &Server) -> (Browser, Proxy) {
    let proxy = Proxy::before(server).await;
    let browser = Browser::open_at(&proxy.origin).await;
    browser.sign_in(ADA, DEV).await;
    (browser, proxy)
}

#[tokio::test]
async fn while_a_key_is_created_the_form_is_locked_and_makes_one() {
    let server = server().await;
    let (browser, proxy) = behind_a_bad_line(&server).await;
    let before = proxy.posts();
    proxy.delay_posts(Duration::from_secs(2));
    browser.add_key("secret").await;
    browser.press("server-key").await;
    browser.double_click("#secret .form-row .primary").await;
    browser.read("#secret .form-row .primary", "Creating…").await;
    // Locked, both: nothing more is sent, and the row stays.
    browser.until("document.querySelector('#secret fieldset').disabled").await;
    browser.press(ESCAPE).await;
    let clicked = "const c = document.querySelector('[data-cancel-row]'); c.click(); return getComputedStyle(c).pointerEvents";
    assert_eq!(browser.eval(clicked).await, "none");
    browser.read("#secret .form-row .primary", "Creating…").await;
    browser.picture("creating").await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    assert_eq!(proxy.posts() - before, 1);
    assert_eq!(browser.names("secret").await, ["server-key"]);

    // Enter, pressed twice.
    browser.add_key("publishable").await;
    browser.press(format!("my-app-key{ENTER}{ENTER}")).await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    assert_eq!(proxy.posts() - before, 2);

    // Deleting says so too.
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.press(format!("server-key{ENTER}")).await;
    browser.read("#del .danger.btn", "Deleting…").await;
    browser.picture("deleting").await;
    browser.see_no("dialog").await;
    assert_eq!(browser.names("secret").await, Vec::<String>::new());
    browser.quit().await;
}

#[tokio::test]
async fn a_lost_answer_is_told_of_and_nothing_is_offered_twice() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["old-key"]);
    let (browser, proxy) = behind_a_bad_line(&server).await;
    browser.expect_console("net::ERR_");
    browser.expect_console("/static/htmx-");

    proxy.lose_answers(true);
    browser.add_key("secret").await;
    browser.press(format!("server-key{ENTER}")).await;
    browser.read("#secret .unknown", "We don't know whether 'server-key' was created.").await;
    browser.focused("Reload list").await;
    browser.see_no("#secret .form-row .primary").await;
    browser.see_no("#secret .form-row input").await;
    browser.look("unknown").await;
    // Add Key leads to the question that is open, not to a form that is hidden.
    browser.click("#secret header .btn").await;
    browser.focused("Reload list").await;
    browser.press(ENTER).await;
    browser.see_no(".unknown").await;
    assert_eq!(browser.names("secret").await, ["server-key", "old-key"], "it was created");

    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.press(format!("server-key{ENTER}")).await;
    browser.read("#del .unknown", "We don't know whether 'server-key' was deleted.").await;
    browser.focused("Reload list").await;
    browser.see_no("#del .btn.danger").await;
    browser.look("unknown-delete").await;
    browser.click_on("Reload list").await;
    browser.see_no("dialog").await;
    browser.until("document.readyState === 'complete'").await;
    assert_eq!(browser.names("secret").await, ["old-key"]);
    browser.quit().await;
}

#[tokio::test]
async fn a_form_that_was_answered_before_offers_to_replace_the_key() {
    let server = server().await;
    let (browser, proxy) = behind_a_bad_line(&server).await;
    browser.expect_console("net::ERR_");
    browser.expect_console("/static/htmx-");
    browser.expect_console("status of 409");
    browser.add_key("secret").await;
    // The same form in two tabs' worth of clicks: the first answer is lost, the form is sent again.
    proxy.lose_answers(true);
    browser.press(format!("server-key{ENTER}")).await;
    browser.see("#secret .unknown").await;
    proxy.lose_answers(false);
    browser.eval("document.querySelector('#secret .form-row form').requestSubmit()").await;
    browser
        .read("#secret .form-row", "'server-key' was created, but its value can't be shown again. If you didn't copy it, replace it.")
        .await;
    browser.look("used-token").await;

    // Replacing: a lost answer is no offer to do it again either.
    browser.click_on("Delete and create again").await;
    browser.read("#reveal-t", "Copy your new secret key").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    assert_eq!(browser.names("secret").await, ["server-key"]);
    browser.reload().await;
    assert_eq!(browser.names("secret").await, ["server-key"]);
    browser.quit().await;
}

#[tokio::test]
async fn without_a_connection_nothing_is_lost_and_a_message_says_so() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["old-key"]);
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.expect_console("net::ERR_");
    browser.expect_console("/static/htmx-");
    let away = |away: bool| serde_json::json!({ "offline": away, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.cdp("Network.enable", serde_json::json!({})).await;
    browser.cdp("Network.emulateNetworkConditions", away(true)).await;
    browser.click("#secret header .btn").await;
    browser.read("#toasts", "No connection to Keyrack. Check your network and try again.").await;
    browser.look("offline").await;
    browser.click_on("Delete old-key").await;
    browser.read("#toasts", "No connection to Keyrack.").await;
    browser.cdp("Network.emulateNetworkConditions", away(false)).await;
    browser.add_key("secret").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_form_that_is_pressed_twice_is_sent_once() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let (browser, proxy) = behind_a_bad_line(&server).await;
    let before = proxy.posts();
    proxy.delay_posts(Duration::from_secs(1));
    // Sent twice, the second answer would be that it was rotated already, and the new value would
    // be lost.
    browser.click_on("server-key").await;
    browser.click_on("Rotate").await;
    browser.double_click("main button[type=submit]").await;
    browser.see("#new-key").await;
    browser.click_on("Copy").await;
    browser.see(".reveal[data-kept]").await;
    // Escape closes it, as it does the dialog.
    browser.press(ESCAPE).await;
    browser.read("main .note", "Rotating.").await;
    assert_eq!(proxy.posts() - before, 1);

    // Whoever comes back can send it again.
    browser.go("/projects/my-blog/environments/new").await;
    browser.fill("#name", "qa").await;
    browser.double_click("main button[type=submit]").await;
    browser.read(".note.ok", "qa was added").await;
    browser.back().await;
    browser.fill("#name", "lab").await;
    browser.click("main button[type=submit]").await;
    browser.read(".note.ok", "lab was added").await;
    assert_eq!(proxy.posts() - before, 3);
    browser.quit().await;
}
