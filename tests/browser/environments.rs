//! Environments: adding, renaming and deleting them, with and without JavaScript, alone and with
//! somebody else.

use keyrack::domain::api_keys::Kind;
use keyrack::domain::gateways::{self, Gateways, Request};

use super::{ADA, DANA, DEV, PROD, hang, server};
use crate::support::{Browser, PHONE, Server, Verified};

const LIST: &str = "/projects/my-blog/environments";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[tokio::test]
async fn one_is_added_renamed_and_deleted_with_its_keys() {
    let server = server().await;
    let key = hang(&server, "prod", Kind::Secret, &["worker", "server-key"]).remove(0);
    hang(&server, "prod", Kind::Publishable, &["web"]);
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 4");
    browser.sign_in(ADA, PROD).await;
    browser.read("[popovertarget=m-env]", "Protected").await;
    browser.click_on("Environments").await;
    browser.arrive(LIST).await;
    browser.look("environments").await;

    browser.click_on("Add environment").await;
    browser.arrive(&format!("{LIST}/new")).await;
    browser.focused("name").await;
    browser.look("environment-new").await;
    browser.press(format!("QA{ENTER}")).await;
    browser.read("#name-err", "lower-case letters").await;
    browser.focused("name").await;
    browser.look("environment-new-error").await;
    browser.fill("#name", "qa").await;
    browser.click(".check").await;
    browser.click("main button[type=submit]").await;
    browser.arrive(LIST).await;
    browser.read(".note.ok", "qa was added and is protected.").await;
    browser.look("environment-added").await;

    browser.click_on("Edit qa").await;
    browser.see("#name").await;
    browser.look("environment-edit").await;
    browser.fill("#name", "quality").await;
    browser.click_on("Save").await;
    browser.read(".note.ok", "quality was qa; old links and gateways keep working.").await;
    browser.go("/projects/my-blog/qa/api-keys").await;
    browser.arrive("/projects/my-blog/quality/api-keys").await;

    browser.go(LIST).await;
    browser.click_on("Delete prod").await;
    browser.focused("confirm").await;
    browser.read("#del", "3 keys are deleted with it: 1 publishable and 2 secret.").await;
    browser.read("#del", "prod is a protected environment.").await;
    browser.look("environment-delete").await;
    browser.press(ESCAPE).await;
    browser.see_no("dialog").await;
    browser.focused("Delete prod").await;
    browser.press(ENTER).await;
    browser.focused("confirm").await;
    browser.press(format!("pro{ENTER}")).await;
    browser.see("#del").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Good("admin".to_owned())
    );
    browser.fill("#confirm", "prod").await;
    browser.click_on("Confirm delete").await;
    browser.read(".note.ok", "prod is deleted. 1 publishable and 2 secret keys ended with it; calls with them are refused.").await;
    browser.see_no("dialog").await;
    assert_eq!(
        server.api().verify_for("my-blog/prod", &key).await,
        Verified::Refused(401, "TOKEN_REVOKED".to_owned())
    );
    browser.look("environment-deleted").await;

    seen(&server);
    browser.click_on("Add environment").await;
    browser.arrive(&format!("{LIST}/new")).await;
    browser.fill("#name", "prod").await;
    browser.click("main button[type=submit]").await;
    browser.read(".note.warn", "Another environment was called prod.").await;
    browser.read("table", "192.0.2.7").await;
    browser.look("environment-former").await;
    browser.click_on("Use prod anyway").await;
    browser.read(".note.ok", "prod was added.").await;
    browser.click_on("Project Overview").await;
    browser.arrive("/projects/my-blog").await;
    browser.read(".list", "deleted environment prod").await;
    browser.look("overview-busy").await;
    browser.quit().await;
}

/// Two gateways asked for `prod`.
fn seen(server: &Server) {
    let gateways = Gateways::default();
    for (peer, trusted) in [([10, 0, 0, 1], true), ([192, 0, 2, 7], false)] {
        gateways.note(&Request {
            peer: peer.into(),
            asked: "my-blog/prod",
            environment: None,
            trusted,
            original: trusted,
            untrusted_original: false,
            good: false,
            at: server.clock.now(),
        });
    }
    server.write(|c| gateways::write(c, &gateways.take()));
}

#[tokio::test]
async fn two_who_delete_at_once_are_told_of_each_other() {
    let server = server().await;
    let dana = Browser::open(&server).await;
    dana.sign_in(DANA, LIST).await;
    let ada = Browser::open(&server).await;
    ada.sign_in(ADA, LIST).await;
    for browser in [&ada, &dana] {
        browser.click_on("Delete dev").await;
        browser.focused("confirm").await;
    }
    ada.press(format!("dev{ENTER}")).await;
    ada.read(".note.ok", "dev is deleted.").await;
    dana.press(format!("dev{ENTER}")).await;
    dana.read("#notice", "Ada Lovelace deleted dev just now").await;
    dana.focused("Reload list").await;
    dana.look("environment-gone").await;
    dana.click_on("Reload list").await;
    dana.arrive(LIST).await;
    dana.see_no("dialog").await;

    // The last two, each by one of them.
    dana.expect_console("status of 409");
    ada.click_on("Delete staging").await;
    ada.focused("confirm").await;
    dana.click_on("Delete prod").await;
    dana.focused("confirm").await;
    ada.press(format!("staging{ENTER}")).await;
    ada.read(".why", "The last environment can't be deleted.").await;
    ada.look("environment-last").await;
    dana.press(format!("prod{ENTER}")).await;
    dana.read("#notice", "prod is the last environment").await;
    dana.quit().await;
    ada.quit().await;
}

#[tokio::test]
async fn everything_works_without_javascript_and_on_a_phone() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let browser = Browser::without_javascript(&server).await;
    browser.expect_console("status of 4");
    browser.resize(PHONE).await;
    browser.sign_in(ADA, LIST).await;
    browser.look("environments").await;
    browser.click_on("Delete dev").await;
    browser.focused("confirm").await;
    browser.look("environment-delete").await;
    browser.fill("#confirm", "dev").await;
    browser.click_on("Confirm delete").await;
    browser.arrive(LIST).await;
    browser
        .read(
            ".note.ok",
            "dev is deleted. 1 secret key ended with it; calls with them are refused.",
        )
        .await;
    browser.click_on("Edit staging").await;
    browser.fill("#name", "prod").await;
    browser.click_on("Save").await;
    browser.read("#name-err", "There is an environment prod already.").await;
    browser.look("environment-edit-error").await;
    browser.fill("#name", "stage").await;
    browser.click_on("Save").await;
    browser.arrive(LIST).await;
    browser.go("/projects/my-blog/staging/api-keys").await;
    browser.arrive("/projects/my-blog/stage/api-keys").await;
    browser.quit().await;
}

#[tokio::test]
async fn a_member_sees_what_is_not_for_them() {
    let server = server().await;
    let vera = server.user("Vera", "vera@example.com");
    for role in ["member", "viewer"] {
        server.member("my-blog", &vera, role);
        let browser = Browser::open(&server).await;
        browser.sign_in("vera@example.com", LIST).await;
        browser.read(".why", "nly owners").await;
        browser.look(&format!("environments-{role}")).await;
        browser.click_on("Project Settings").await;
        browser.read(".why", "Only owners").await;
        browser.look(&format!("settings-{role}")).await;
        if role == "member" {
            browser.go(&format!("{LIST}/new")).await;
            browser.read(".check", "Only owners and admins can protect environments.").await;
            browser.look("environment-new-member").await;
        }
        browser.go("/projects/my-blog").await;
        browser.look(&format!("overview-empty-{role}")).await;
        browser.quit().await;
    }
    // What the page was shown for was taken away meanwhile.
    server.member("my-blog", &vera, "admin");
    let browser = Browser::open(&server).await;
    browser.expect_console("status of 403");
    browser.expect_console("/static/htmx-");
    browser.sign_in("vera@example.com", LIST).await;
    browser.click_on("Delete dev").await;
    browser.focused("confirm").await;
    server.member("my-blog", &vera, "member");
    browser.press(format!("dev{ENTER}")).await;
    browser.read("dialog", "You may not do this").await;
    browser.press(ESCAPE).await;
    browser.go(DEV).await;
    browser.see("h1").await;
    browser.quit().await;
}
