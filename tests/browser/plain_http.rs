//! A LAN without https: there is no secure context, so there is no clipboard API and no fetch
//! metadata.

use super::{ADA, DEV, server};
use crate::support::Browser;

#[tokio::test]
async fn everything_works_on_a_plain_http_host() {
    let server = server().await;
    let port = server.origin.rsplit(':').next().unwrap();
    let browser = Browser::open_at(&format!("http://keyrack.test:{port}")).await;
    // Browsers say that they ignore this header without https; it is for those with it.
    browser.expect_console("Cross-Origin-Opener-Policy header has been ignored");
    browser.sign_in(ADA, DEV).await;
    assert_eq!(browser.eval("return isSecureContext").await, false);
    browser.add_key("secret").await;
    browser.press("server-key\u{e007}").await;
    browser.see("#reveal").await;
    let key = browser.text("#new-key").await;
    browser.focused("Copy").await;
    browser.click_on("Copy").await;
    browser.see("#reveal[data-kept] .keep[data-copied]").await;
    browser.focused("Copied").await;
    browser.click_on("Done").await;
    browser.see_no("dialog").await;
    browser.knows_nothing_of(&key).await;
    // Pasted where it can be read.
    browser.add_key("secret").await;
    browser.press_control('v').await;
    assert_eq!(browser.value("#name-secret").await, key);
    browser.quit().await;
}
