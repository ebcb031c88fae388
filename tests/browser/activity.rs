//! The activity page, in a browser.

use super::ada;

#[tokio::test]
async fn what_one_did_is_told_on_the_activity_page() {
    let server = super::server().await;
    let browser = ada(&server).await;
    browser.make_key("secret", "server-key").await;
    browser.click_on("Activity").await;
    browser.arrive("/projects/my-blog/activity").await;
    browser.read("main table", "Ada Lovelace").await;
    browser.read("main table", "server-key").await;
    browser.look("activity").await;
    browser.quit().await;
}
