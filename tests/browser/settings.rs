//! Project Settings: copying the id, renaming the project, and deleting it.

use keyrack::domain::api_keys::Kind;

use super::{ADA, DEV, PROD, hang, server};
use crate::support::{Browser, Verified};

const SETTINGS: &str = "/projects/my-blog/settings";
const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn a_project_is_renamed_and_deleted() {
    let server = server().await;
    let key = hang(&server, "prod", Kind::Secret, &["server-key"]).remove(0);
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 4");
    browser.sign_in(ADA, PROD).await;
    browser.look("next-steps").await;
    browser.click("a.tile[href$='/settings']").await;
    browser.arrive(SETTINGS).await;
    browser.look("settings").await;
    let id = browser.text("dd button code").await;
    browser.click("dd button[data-copy]").await;
    browser.read("#toasts", "Project ID copied.").await;
    assert_eq!(browser.clipboard().await, id);

    browser.fill("#name", "   ").await;
    browser.click_on("Save").await;
    browser.read("#name-err", "Enter a name.").await;
    browser.look("settings-error").await;
    browser.fill("#name", "Blog (2026) [new]").await;
    browser.fill("#desc", "The public blog.").await;
    browser.click_on("Save").await;
    browser.read(".note.ok", "Blog (2026) [new] is saved.").await;
    browser.look("settings-saved").await;

    browser.click("a[href$=shared-address]").await;
    browser.arrive(&format!("{SETTINGS}/shared-address")).await;
    browser.look("shared-address").await;
    browser.click(".check").await;
    browser.click_on("Save").await;
    browser.read(".note.ok", "The environments of the shared address are saved.").await;
    browser.read("section[aria-labelledby=h-shared]", "Accepts keys of dev.").await;
    browser.click_on("What they are for").await;
    browser.arrive("/help/project-settings").await;
    browser.look("help-settings").await;
    browser.go(SETTINGS).await;

    browser.click_on("Delete project").await;
    browser.focused("confirm").await;
    browser.read("#del", "3 environments and 1 key are deleted with it.").await;
    browser.read("#del", "You and 1 other member lose access. No other project").await;
    browser.look("project-delete").await;
    browser.press(format!("Blog{ENTER}")).await;
    browser.see("#del").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Good("admin".to_owned())
    );
    browser.fill("#confirm", "Blog (2026) [new]").await;
    browser.click_on("Confirm delete").await;
    browser.arrive("/projects").await;
    browser.read(".note.ok", "is deleted. 1 secret key ended with it").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Refused(401, "TOKEN_REVOKED".to_owned())
    );
    browser.look("project-deleted").await;
    browser.go(DEV).await;
    browser.read("h1", "Nothing hangs here").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_project_is_deleted_without_javascript() {
    let server = server().await;
    let browser = Browser::without_javascript(&server).await;
    browser.expect_console("status of 4");
    browser.sign_in(ADA, SETTINGS).await;
    browser.look("settings").await;
    browser.click_on("Delete project").await;
    browser.arrive(&format!("{SETTINGS}/delete")).await;
    browser.focused("confirm").await;
    browser.look("project-delete").await;
    browser.fill("#confirm", "My Blog").await;
    browser.click_on("Confirm delete").await;
    browser.arrive("/projects").await;
    browser.read(".note.ok", "My Blog is deleted.").await;
    browser.read("main", "You are not in any project yet.").await;
    browser.quit().await;
}

#[tokio::test]
async fn each_setting_is_changed_on_a_page_of_its_own_with_and_without_javascript() {
    let server = server().await;
    for javascript in [true, false] {
        let browser = if javascript {
            Browser::open(&server).await
        } else {
            Browser::without_javascript(&server).await
        };
        browser.expect_console("status of 4");
        browser.sign_in(ADA, SETTINGS).await;
        browser.click("a[href$=key-life]").await;
        browser.arrive(&format!("{SETTINGS}/key-life")).await;
        browser.fill("#key-life", "many").await;
        browser.click_on("Save").await;
        browser.read("#key-life-err", "1 to 3650").await;
        browser.look("settings-life-error").await;
        browser.fill("#key-life", "90").await;
        browser.click_on("Save").await;
        browser.read(".note.ok", "Life of new secret keys: 90 days at most.").await;
        browser.read("section[aria-labelledby=h-life]", "90 days at most").await;
        browser.click("a[href$=leaks]").await;
        browser.arrive(&format!("{SETTINGS}/leaks")).await;
        browser.look("settings-leaks").await;
        browser.click(".check").await;
        browser.click_on("Save").await;
        browser.read(".note.ok", "Leaked secret keys").await;
        browser.look("settings-changed").await;
        browser.quit().await;
    }
}
