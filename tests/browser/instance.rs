//! Running the instance, and connecting an API.

use keyrack::domain::api_keys::Kind;

use super::{ADA, hang, server};
use crate::support::{Browser, PASSWORD};

#[tokio::test]
async fn an_administrator_finds_somebody_and_shuts_them_out() {
    let server = server().await;
    server.user("Kim Park", "kim@example.com");
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 422");
    browser.sign_in(ADA, "/projects").await;
    browser.click(".topbar [popovertarget=m-account]").await;
    browser.click("#m-account a[href='/instance/users']").await;
    browser.arrive("/instance/users").await;
    browser.look("instance-users").await;
    browser.type_into("#q", "kim\u{e007}").await;
    browser.read(".filters .btn.ghost", "Show all").await;
    browser.click_on("Kim Park").await;
    browser.read("h1", "Kim Park").await;
    browser.look("instance-user").await;
    browser.click_on("Disable account").await;
    browser.focused("password").await;
    browser.look("instance-disable").await;
    browser.press("not-the-password\u{e007}").await;
    browser.read("#password-err", "This is not your current password.").await;
    browser.type_into("#password", &format!("{PASSWORD}\u{e007}")).await;
    browser.read(".note.ok", "is signed out everywhere").await;
    browser.read("h1", "Disabled").await;
    browser.look("instance-user-disabled").await;
    browser.go("/instance/projects").await;
    browser.look("instance-projects").await;
    browser.go("/instance/settings").await;
    browser.look("instance-settings").await;
    browser.quit().await;
}

#[tokio::test]
async fn the_page_that_connects_an_api_turns_green_by_itself_at_the_first_call() {
    let server = server().await;
    let keys = hang(&server, "dev", Kind::Secret, &["server-key"]);
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, "/projects/my-blog/dev/api-keys").await;
    browser.click_on("Protect your API").await;
    browser.arrive("/projects/my-blog/dev/protect").await;
    browser.read("#live", "Waiting for the first call…").await;
    browser.look("protect").await;
    assert_eq!(server.api().ask(&keys[0], &[]).await.status, 200);
    browser.read("#live .note.ok", "Called through 127.0.0.1").await;
    browser.look("protect-called").await;
    browser.quit().await;
}
