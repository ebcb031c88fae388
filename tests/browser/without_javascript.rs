//! Every flow with JavaScript switched off: real links, real forms, and pages in place of dialogs.

use chrono::TimeDelta;
use keyrack::domain::api_keys::Kind;

use super::{ADA, DANA, DEV, PROD, hang, mask, server};
use crate::support::{Browser, PHONE, Verified, WIDE};

const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn a_key_lives_and_dies_without_javascript() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    browser.expect_console("status of 4");
    browser.go(DEV).await;
    browser.look("sign-in").await;
    browser.sign_in(ADA, DEV).await;
    browser.look("empty").await;
    for width in [WIDE, PHONE] {
        browser.resize(width).await;
        browser.click("#secret header .btn").await;
        browser.arrive(&format!("{DEV}/new?kind=secret")).await;
        browser.focused("name-secret").await;
        if width == WIDE {
            browser.look("form").await;
        }
        browser.click_on("Cancel").await;
        browser.arrive(DEV).await;
        browser.click("#secret header .btn").await;
        browser.type_into("#name-secret", &format!("   {ENTER}")).await;
        browser.read("#name-secret-err", "Enter a name.").await;
        browser.look("form-error").await;
        browser.fill("#name-secret", "server-key").await;
        browser.press(ENTER).await;
        browser.read("h1", "Copy your new secret key").await;
        browser.see_no(".js-only").await;
        let key = browser.text("#new-key").await;
        browser.look("reveal").await;
        browser.click("summary").await;
        browser.read("#curl", &key).await;

        // Reloading the answer makes no second key and does not show the first again.
        browser.reload().await;
        browser.read("main", "'server-key' was created, but its value can't be shown again. If you didn't copy it, replace it.").await;
        browser.knows_nothing_of(&key).await;
        browser.look("used-token").await;
        browser.click_on("Delete and create again").await;
        browser.read("h1", "Copy your new secret key").await;
        let second = browser.text("#new-key").await;
        assert_ne!(second, key);
        assert_eq!(
            server.api().verify(&key).await,
            Verified::Refused(401, "TOKEN_REVOKED".to_owned())
        );
        browser.click_on("Done").await;
        browser.arrive(&format!("{DEV}?")).await;
        browser.until("document.querySelector('#secret-rows tr:target')").await; // one sees which is new
        browser.knows_nothing_of(&second).await;
        browser.read("#secret-rows", &mask(&second)).await;
        assert_eq!(browser.names("secret").await, ["server-key"]);
        browser.look("list").await;
        // Back does not show it either.
        browser.back().await;
        browser.knows_nothing_of(&second).await;
        browser.go(DEV).await;

        browser.click_on("Delete server-key").await;
        browser.read("h1", "Delete secret key server-key from dev?").await;
        browser.focused("confirm").await;
        browser.look("delete").await;
        browser.click_on("Confirm delete").await; // grey: nothing is sent
        browser.read("h1", "Delete secret key server-key from dev?").await;
        browser.fill("#confirm", "server-key").await;
        browser.click_on("Confirm delete").await;
        browser.arrive(DEV).await;
        browser.read("main .note", "server-key is deleted. Calls with it are refused.").await;
        browser.look("deleted").await;
        browser.reload().await;
        browser.see_no("main .note").await;
        assert_eq!(
            server.api().verify(&second).await,
            Verified::Refused(401, "TOKEN_REVOKED".to_owned())
        );
        browser.back().await;
        browser.go(DEV).await;
    }
    browser.quit().await;
}

#[tokio::test]
async fn searching_switching_and_signing_out_need_no_javascript() {
    let server = server().await;
    let names: Vec<String> = (0..51).map(|n| format!("worker-{n:02}")).collect();
    let keys =
        hang(&server, "dev", Kind::Secret, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let browser = Browser::without_javascript(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.click_on("Older").await;
    browser.arrive(&format!("{DEV}?page=2&kind=secret")).await;
    assert_eq!(browser.names("secret").await, ["worker-00"]);
    browser.type_into("#q", &format!("{}{ENTER}", keys[7])).await;
    browser.until("location.pathname.includes('/api-keys/key_')").await;
    browser.read("h1", "worker-07").await;
    browser.knows_nothing_of(&keys[7]).await;

    // Menus and the drawer are popovers, which need none.
    browser.click("[popovertarget=m-env]").await;
    browser.click_on("prod Protected").await;
    browser.arrive(PROD).await;
    browser.resize(PHONE).await;
    browser.click(".nav-open").await;
    browser.click_on("Project Overview").await;
    browser.arrive("/projects/my-blog").await;
    browser.resize(WIDE).await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Dark").await;
    browser.arrive("/projects/my-blog").await;
    browser.until("document.documentElement.dataset.theme === 'dark'").await;
    browser.click("[popovertarget=m-account]").await;
    browser.click_on("Sign out").await;
    browser.arrive("/sign-in").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_key_that_somebody_else_deleted_is_told_of_on_a_page() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let browser = Browser::without_javascript(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.click_on("Delete server-key").await;
    browser.type_into("#confirm", "server-key").await;
    let id =
        browser.driver().current_url().await.unwrap().path().split('/').nth(5).unwrap().to_owned();
    server.sign_in(DANA).await.delete_key(DEV, &id, "server-key").await.expect(303);
    server.clock.advance(TimeDelta::minutes(2));
    browser.press(ENTER).await;
    browser.read("h1", "Dana deleted this key 2 minutes ago").await;
    browser.look("gone").await;
    browser.click_on("Back to API Keys").await;
    browser.arrive(DEV).await;
    assert!(browser.names("secret").await.is_empty());
    browser.quit().await;
}

/// The answer with the key stands at the address of the list, where a link that only adds a fragment
/// leads nowhere.
#[tokio::test]
async fn done_leaves_the_new_key_without_javascript() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    browser.sign_in(ADA, DEV).await;
    browser.click("#secret header .btn").await;
    browser.type_into("#name-secret", &format!("server-key{ENTER}")).await;
    browser.read("h1", "Copy your new secret key").await;
    let key = browser.text("#new-key").await;
    browser.click_on("Done").await;
    browser.until("document.querySelector('#secret-rows tr:target')").await;
    browser.knows_nothing_of(&key).await;
    browser.read("#secret-rows", &mask(&key)).await;
    browser.quit().await;
}
