//! Back and reload at every step, and two tabs.

use super::{DEV, PROD, ada, server};

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn back_and_reload_never_make_a_second_key_nor_show_one_again() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.go(PROD).await;

    // The form is open.
    browser.add_key("secret").await;
    browser.press("half").await;
    browser.reload().await;
    browser.see_no("#name-secret").await;
    browser.add_key("secret").await;
    browser.back().await;
    browser.arrive(DEV).await;
    browser.driver().forward().await.unwrap();
    browser.arrive(PROD).await;

    // The key was made and copied.
    let key = browser.make_key("secret", "server-key").await;
    browser.reload().await;
    browser.back().await;
    browser.arrive(DEV).await;
    browser.knows_nothing_of(&key).await;
    browser.driver().forward().await.unwrap();
    browser.arrive(PROD).await;
    browser.knows_nothing_of(&key).await;
    assert_eq!(browser.names("secret").await, ["server-key"]);

    // The dialog is open.
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.press("server-key").await;
    browser.reload().await;
    browser.see_no("dialog").await;
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.back().await;
    browser.arrive(DEV).await;
    browser.driver().forward().await.unwrap();
    browser.arrive(PROD).await;
    browser.see_no("dialog").await;

    // It is deleted.
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.press(format!("server-key{ENTER}")).await;
    browser.see_no("dialog").await;
    browser.reload().await;
    assert!(browser.names("secret").await.is_empty());
    browser.back().await;
    browser.driver().forward().await.unwrap();
    browser.arrive(PROD).await;
    assert!(browser.names("secret").await.is_empty());
    browser.quit().await;
}

#[tokio::test]
async fn two_tabs_get_along() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.expect_console("status of 422");
    let first = browser.tab().await;
    browser.add_key("secret").await;
    browser.press("server-key").await;

    let second = browser.new_tab().await;
    browser.go(DEV).await;
    browser.make_key("secret", "server-key").await;

    // The first tab learns that the name is taken, and takes another one.
    browser.switch_to(&first).await;
    browser.press(ENTER).await;
    browser.read("#name-secret-err", "already has this name. “server-key-2” is free.").await;
    browser.fill("#name-secret", "server-key-2").await;
    browser.press(ENTER).await;
    browser.see("#reveal").await;
    browser.click_on("Copy").await;
    browser.click_on("Done").await;

    // The second deletes a key that the first never showed, then the first one's, and is asked
    // again.
    browser.switch_to(&second).await;
    browser.click_on("Delete server-key").await;
    browser.focused("confirm").await;
    browser.press(format!("server-key{ENTER}")).await;
    browser.see_no("dialog").await;
    assert!(browser.names("secret").await.is_empty());

    browser.switch_to(&first).await;
    browser.reload().await;
    assert_eq!(browser.names("secret").await, ["server-key-2"]);
    browser.click_on("Delete server-key-2").await;
    browser.focused("confirm").await;

    browser.switch_to(&second).await;
    browser.reload().await;
    browser.click_on("Delete server-key-2").await;
    browser.focused("confirm").await;
    browser.press(format!("server-key-2{ENTER}")).await;
    browser.see_no("dialog").await;

    browser.switch_to(&first).await;
    browser.press(format!("server-key-2{ENTER}")).await;
    browser.read("#gone", "You deleted this key just now").await;
    browser.press(ESCAPE).await;
    browser.see_no("dialog").await;
    browser.read("#secret .empty", "No secret keys in dev.").await;
    browser.quit().await;
}

#[tokio::test]
async fn the_page_of_the_form_closes_to_the_list() {
    let server = server().await;
    let browser = ada(&server).await;
    // As when the link was opened in a tab of its own.
    browser.go(&format!("{DEV}/new?kind=secret")).await;
    browser.focused("name-secret").await;
    browser.press(ESCAPE).await;
    browser.arrive(DEV).await;
    browser.back().await;
    browser.click_on("Cancel").await;
    browser.arrive(DEV).await;
    browser.see_no("#name-secret").await;
    browser.quit().await;
}
