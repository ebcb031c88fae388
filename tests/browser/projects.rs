//! The list of projects, a new project, and its overview.

use super::{ADA, server};
use crate::support::Browser;

const ENTER: &str = "\u{e007}";

/// What stands in the empty field for the slug.
async fn placeholder(browser: &Browser) -> String {
    browser
        .eval("return document.getElementById('slug').placeholder")
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_project_is_made_with_its_environments() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 422");
    browser.sign_in(ADA, "/projects").await;
    browser.look("projects").await;
    browser.click_on("New project").await;
    browser.focused("name").await;
    browser.look("project-new").await;
    browser.press("My Café: second shop").await;
    assert_eq!(placeholder(&browser).await, "my-cafe-second-shop", "the name proposes the slug");
    assert_eq!(browser.value("#slug").await, "", "and nothing is typed");
    browser.fill("#slug", "my-blog").await;
    browser.press(ENTER).await;
    browser.read("#slug-err", "my-blog").await;
    assert_eq!(browser.value("#name").await, "My Café: second shop");
    browser.focused("slug").await;
    browser.look("project-new-error").await;
    browser.fill("#slug", "cafe").await;
    browser.press(ENTER).await;
    browser.arrive("/projects/cafe/dev/api-keys").await;
    browser.click_on("Project Overview").await;
    browser.arrive("/projects/cafe").await;
    browser.look("project").await;
    browser.click_on("staging").await;
    browser.arrive("/projects/cafe/staging/api-keys").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_slug_that_nobody_typed_gives_way_to_one_that_is_taken() {
    let server = server().await;
    let browser = Browser::open(&server).await;
    browser.sign_in(ADA, "/projects/new").await;
    browser.focused("name").await;
    browser.press("日本").await;
    assert_eq!(placeholder(&browser).await, "project");
    browser.fill("#name", "My Blog").await;
    assert_eq!(placeholder(&browser).await, "my-blog");
    browser.press(ENTER).await;
    browser.arrive("/projects/my-blog-2/dev/api-keys").await;
    browser.quit().await;
}
