//! Help and error pages.

use super::{ADA, DEV, ada, server};
use crate::support::Browser;

#[tokio::test]
async fn help_is_one_click_away() {
    let server = server().await;
    let browser = ada(&server).await;
    browser.click_on("Understanding API Keys Publishable Key vs Secret Key").await;
    browser.arrive("/help/api-keys").await;
    browser.look("help-keys").await;
    browser.click(".crumb").await;
    browser.arrive("/help").await;
    browser.look("help").await;
    browser.click("a[href='/help/using-a-key']").await;
    browser.arrive("/help/using-a-key").await;
    browser.look("help-using").await;
    browser.click(".codebox .btn").await;
    browser.read("#toasts", "Copied to clipboard.").await;
    assert!(browser.clipboard().await.starts_with("curl https://api.example.com/v1/data/posts"));
    browser.quit().await;
}

#[tokio::test]
async fn errors_are_pages_that_say_what_to_do() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    for expected in ["status of 40", "status of 50"] {
        browser.expect_console(expected);
    }
    browser.sign_in(ADA, DEV).await;
    browser.go("/nowhere").await;
    browser.read("h1", "Nothing hangs here").await;
    browser.read("main", "Error 404, reference").await;
    browser.look("404-signed-in").await;
    browser.click_on("Go to API Keys").await;
    browser.arrive(DEV).await;

    // A form that is not from here.
    browser.eval("document.querySelectorAll('[name=csrf]').forEach(e => e.value = 'x')").await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Sign out").await;
    browser.read("h1", "This form has expired").await;
    browser.look("403").await;

    // The database is gone.
    server.database.execute("ALTER TABLE projects RENAME TO away");
    browser.go(DEV).await;
    browser.read("main", "reference").await;
    browser.look("500").await;
    server.database.execute("ALTER TABLE away RENAME TO projects");
    browser.click_on("Try again").await;
    browser.arrive(DEV).await;
    browser.quit().await;
}
