//! A form is sent to a process that a later version of Keyrack is about to replace.

use super::{ADA, DEV, ada, server};
use crate::support::{Browser, Server};

const ENTER: &str = "\u{e007}";
const UPDATED: &str = "Keyrack is being updated. Nothing was saved. Try again in a moment.";

/// A later Keyrack migrates the database, or is taken back.
fn keep_contract(server: &Server, number: i32) {
    server.database.execute(&format!("UPDATE contract SET number = {number}"));
}

#[tokio::test]
async fn a_form_that_is_sent_during_an_update_stays_as_it_is() {
    let server = server().await;
    let browser = ada(&server).await;
    for expected in ["status of 503", "Status Error Code 503"] {
        browser.expect_console(expected);
    }

    // In the page.
    browser.add_key("secret").await;
    browser.press("server-key").await;
    keep_contract(&server, 2);
    browser.press(ENTER).await;
    browser.read("#toasts", UPDATED).await;
    browser.look("updating").await;
    assert_eq!(browser.value("#name-secret").await, "server-key");
    browser.see_no(".unknown:not([hidden])").await;
    browser.focused("name-secret").await;
    keep_contract(&server, 1);
    browser.press(ENTER).await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;
    assert_eq!(browser.names("secret").await, ["server-key"]);

    // In a dialog.
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    keep_contract(&server, 2);
    browser.press(format!("server-key{ENTER}")).await;
    browser.read("dialog .say", UPDATED).await;
    assert_eq!(browser.value("#confirm").await, "server-key");
    keep_contract(&server, 1);
    browser.press(ENTER).await;
    browser.see_no("dialog").await;
    assert!(browser.names("secret").await.is_empty());
    browser.quit().await;
}

/// Forms that are pages of their own.
async fn goes_back_to_what_was_typed(browser: &Browser, server: &Server) {
    browser.expect_console("status of 503");
    browser.go("/projects/new").await;
    browser.type_into("#name", "Shop").await;
    browser.type_into("#desc", "Sells things").await;
    keep_contract(server, 2);
    browser.click_on("Create project").await;
    browser.read("h1", "Keyrack is being updated").await;
    browser.read("main", "Nothing was saved. Try again in a moment.").await;
    browser.look("updating-page").await;
    keep_contract(server, 1);
    browser.back().await;
    browser.see("#name").await;
    assert_eq!(browser.value("#name").await, "Shop");
    assert_eq!(browser.value("#desc").await, "Sells things");
    browser.click_on("Create project").await;
    browser.arrive("/projects/shop/dev/api-keys").await;
}

#[tokio::test]
async fn a_form_without_javascript_is_still_filled_in_when_one_goes_back_after_an_update() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    browser.sign_in(ADA, DEV).await;
    goes_back_to_what_was_typed(&browser, &server).await;
    browser.quit().await;
}

#[tokio::test]
async fn a_page_of_a_form_is_still_filled_in_when_one_goes_back_after_an_update() {
    let server = server().await;
    let browser = ada(&server).await;
    goes_back_to_what_was_typed(&browser, &server).await;
    browser.quit().await;
}
