//! One of the two scripts fails to load: no value is lost, and every button and link still works.

use serde_json::json;

use super::{ADA, DEV, mask, server};
use crate::support::{Browser, Server, Verified};

const ENTER: &str = "\u{e007}";

/// Ada, to whom this file never arrives.
async fn ada_without(server: &Server, script: &str) -> Browser {
    let browser = Browser::open(server).await;
    browser.expect_console("ERR_BLOCKED_BY_CLIENT");
    browser.expect_console("status of 4");
    browser.cdp("Network.enable", json!({})).await;
    let blocked = json!({ "urls": [format!("*/static/{script}*.js")] });
    browser.cdp("Network.setBlockedURLs", blocked).await;
    browser.sign_in(ADA, DEV).await;
    browser
}

#[tokio::test]
async fn without_app_js_htmx_stays_off_and_every_button_does_something() {
    let server = server().await;
    let browser = ada_without(&server, "app").await;
    browser.until("window.htmx").await;
    browser.until("!document.documentElement.classList.contains('js')").await;
    browser.click("#secret header .btn").await;
    browser.arrive(&format!("{DEV}/new?kind=secret")).await;
    browser.type_into("#name-secret", &format!("server-key{ENTER}")).await;
    browser.read("h1", "Copy your new secret key").await;
    // What would be dead is not there, and one can select the key.
    browser.see_no(".js-only").await;
    browser.look("reveal-without-app-js").await;
    let key = browser.text("#new-key").await;
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
    browser.click_on("Done").await;
    browser.read("#secret-rows", &mask(&key)).await;
    browser.see_no(".js-only").await;
    browser.look("list-without-app-js").await;

    browser.click_on("Delete server-key").await;
    browser.read("h1", "Delete secret key server-key from dev?").await;
    browser.fill("#confirm", "server-key").await;
    browser.click_on("Confirm delete").await;
    browser.read("main .note", "server-key is deleted. Calls with it are refused.").await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Dark").await;
    browser.until("document.documentElement.dataset.theme === 'dark'").await;
    browser.quit().await;
}

#[tokio::test]
async fn without_htmx_pages_stand_where_dialogs_would_be_and_copying_works() {
    let server = server().await;
    let browser = ada_without(&server, "htmx").await;
    browser.until("document.documentElement.classList.contains('js') && !window.htmx").await;
    browser.click("#secret header .btn").await;
    browser.focused("name-secret").await;
    browser.press("\u{e00c}").await; // Escape leads back to the list
    browser.arrive(DEV).await;
    browser.click("#secret header .btn").await;
    browser.focused("name-secret").await;
    browser.press(format!("  {ENTER}")).await;
    browser.read("#name-secret-err", "Enter a name.").await;
    browser.focused("name-secret").await;
    browser.fill("#name-secret", "server-key").await;
    // A click: chromedriver presses Enter once more on the page that comes.
    browser.click_on("Create").await;
    browser.read("h1", "Copy your new secret key").await;
    browser.focused("Copy").await;
    let key = browser.text("#new-key").await;
    // The key is guarded here, too.
    browser.click_on("Done").await;
    browser.read(".ask", "You haven't copied this key. It can't be shown again.").await;
    browser.click_on("Copy and close").await;
    browser.until("document.querySelector('#secret-rows tr:target')").await;
    assert_eq!(browser.clipboard().await, key);
    browser.knows_nothing_of(&key).await;
    // Times are the reader's.
    browser.until("document.querySelector('#secret-rows time').title !== ''").await;

    browser.click_on("Delete server-key").await;
    browser.read("h1", "Delete secret key server-key from dev?").await;
    browser.fill("#confirm", "server-key").await;
    browser.click_on("Confirm delete").await;
    browser.read("main .note", "server-key is deleted. Calls with it are refused.").await;
    browser.quit().await;
}
