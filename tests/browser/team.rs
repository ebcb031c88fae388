//! The team, with two people at the same time.

use keyrack::domain::api_keys::Kind;

use super::{ADA, DANA, DEV, hang, server};
use crate::support::{Browser, PASSWORD, PHONE, WIDE};

const ENTER: &str = "\u{e007}";
const TEAM: &str = "/projects/my-blog/team";

#[tokio::test]
async fn one_invites_and_the_other_comes_in_and_loses_the_role_again() {
    let server = server().await;
    hang(&server, "dev", Kind::Secret, &["server-key"]);
    let (ada, kim) = Browser::open_two(&server, true).await;
    ada.expect_console("status of 422");
    ada.sign_in(ADA, DEV).await;
    ada.click_on("Team").await;
    ada.arrive(TEAM).await;
    ada.look("team").await;
    ada.click_on("Invite").await;
    ada.focused("email").await;
    ada.look("invite").await;
    ada.press(format!("{DANA}{ENTER}")).await;
    ada.read("#email-err", "Dana has this address and is in the team already.").await;
    ada.look("invite-error").await;
    ada.fill("#email", "kim@example.com").await;
    ada.press(ENTER).await;
    ada.read("h1", "Invitation for kim@example.com").await;
    ada.look("invited").await;
    ada.click_on("Copy link").await;
    let link = ada.text("#lnk").await;
    assert_eq!(ada.clipboard().await, link);
    ada.click_on("Done").await;
    ada.arrive(TEAM).await;
    ada.read("[aria-label='Pending invitations']", "kim@example.com").await;
    ada.look("team-pending").await;

    kim.expect_console("status of 4");
    kim.expect_console("/static/htmx-");
    let path = link.strip_prefix(&server.origin).unwrap();
    kim.go(&path[..path.len() - 1]).await;
    kim.read("h1", "This is no invitation link").await;
    kim.look("invitation-dead").await;
    kim.go(path).await;
    kim.focused("name").await;
    kim.look("invitation-new").await;
    kim.press(format!("Kim Park\u{e004}password1234{ENTER}")).await;
    kim.read("#password-err", "easy to guess").await;
    assert_eq!(kim.value("#name").await, "Kim Park");
    kim.look("invitation-new-error").await;
    kim.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    kim.arrive("/projects/my-blog").await;
    kim.go(DEV).await;
    kim.click("#secret header .btn").await;
    kim.focused("name-secret").await;

    // Ada takes the right away while Kim types.
    ada.reload().await;
    ada.click_on("Role of Kim Park").await;
    ada.see("dialog:modal").await;
    ada.look("role").await;
    ada.click("dialog input[value=viewer]").await;
    ada.click_on("Change role").await;
    ada.read("main .note", "Kim Park is a viewer now.").await;
    ada.look("team-changed").await;
    kim.press(format!("late{ENTER}")).await;
    kim.read("#toasts", "You may not do this").await;
    assert_eq!(kim.names("secret").await, ["server-key"]);
    kim.go(TEAM).await;
    kim.read(".why", "Only owners and admins can invite people").await;
    kim.look("team-viewer").await;

    ada.click_on("Remove Kim Park").await;
    ada.read("dialog", "Remove Kim Park from the team?").await;
    ada.click_on("Cancel").await;
    ada.see_no("dialog").await;
    ada.click_on("Remove Kim Park").await;
    ada.see("dialog:modal").await;
    ada.click("dialog .btn.danger").await;
    ada.read("main .note", "Kim Park is not in the team any more.").await;
    kim.reload().await;
    kim.read("h1", "Nothing hangs here").await;
    kim.quit().await;
    ada.quit().await;
}

#[tokio::test]
async fn what_somebody_else_did_meanwhile_is_told_in_the_dialog() {
    let server = server().await;
    let lin = server.user("Lin Wei", "lin@example.com");
    server.member("my-blog", &lin, "member");
    let dana_id =
        server.database.query("SELECT id AS value FROM users WHERE name = 'Dana'").remove(0);
    hang(&server, "dev", Kind::Secret, &["server-key", "worker"]);
    server.database.execute(&format!("UPDATE api_keys SET created_by = '{dana_id}'"));
    let ada = Browser::open(&server).await;
    ada.expect_console("status of 409");
    ada.expect_console("status of 422");
    ada.sign_in(ADA, TEAM).await;
    ada.click_on("Remove Dana").await;
    ada.read("dialog", "Keys created by Dana. They keep working.").await;
    ada.look("remove").await;
    ada.press("\u{e00c}").await;
    ada.see_no("dialog").await;
    ada.focused("Remove Dana").await;

    ada.click_on("Remove Lin Wei").await;
    ada.see("dialog:modal").await;
    let dana = server.sign_in(DANA).await;
    dana.post(&format!("{TEAM}/{lin}/remove"), &[]).await.expect(303);
    ada.click("dialog .btn.danger").await;
    ada.read("dialog", "Dana removed Lin Wei just now").await;
    ada.look("gone-member").await;
    ada.click_on("Back to the team").await;
    ada.arrive(TEAM).await;
    ada.see_no(&format!("#{lin}")).await;

    ada.click_on("Leave").await;
    ada.read("dialog", "A project needs an owner").await;
    ada.look("last-owner").await;
    ada.click_on("Back to the team").await;
    ada.arrive(TEAM).await;

    ada.click_on("Hand over").await;
    ada.focused("person").await;
    ada.look("hand-over").await;
    ada.click("#person option:nth-child(2)").await;
    ada.type_into("#password", &format!("not the password{ENTER}")).await;
    ada.read("#password-err", "This is not your current password.").await;
    ada.look("hand-over-error").await;
    ada.type_into("#password", &format!("{PASSWORD}{ENTER}")).await;
    ada.read("main .note", "Dana is the owner now, and you are an admin.").await;
    ada.look("team-admin").await;
    ada.quit().await;
}

#[tokio::test]
async fn the_team_needs_no_javascript() {
    let server = server().await;
    server.user("Lin Wei", "lin@example.com");
    let (ada, lin) = Browser::open_two(&server, false).await;
    ada.expect_console("status of 4");
    lin.expect_console("status of 4");
    ada.sign_in(ADA, TEAM).await;
    lin.sign_in("lin@example.com", "/projects").await;
    for width in [WIDE, PHONE] {
        ada.resize(width).await;
        let email = if width == WIDE { "kim@example.com" } else { "lin@example.com" };
        ada.click_on("Invite").await;
        ada.type_into("#email", &format!("{email}{ENTER}")).await;
        ada.read("h1", &format!("Invitation for {email}")).await;
        if width == WIDE {
            ada.look("invited").await;
        }
        ada.click_on("Done").await;
        ada.arrive(TEAM).await;
    }
    ada.resize(WIDE).await;
    ada.look("team").await;
    ada.click_on("New link for kim@example.com").await;
    ada.read("h1", "Invitation for kim@example.com").await;
    let link_of_kim = ada.text("#lnk").await;
    ada.click_on("Done").await;
    ada.click_on("New link for lin@example.com").await;
    ada.read("h1", "Invitation for lin@example.com").await;
    let link_of_lin = ada.text("#lnk").await;
    ada.click_on("Done").await;

    lin.go(link_of_kim.strip_prefix(&server.origin).unwrap()).await;
    lin.read(
        ".note",
        "You are signed in as Lin Wei (lin@example.com). This invitation is for kim@example.com.",
    )
    .await;
    lin.look("invitation-other").await;
    lin.go(link_of_lin.strip_prefix(&server.origin).unwrap()).await;
    lin.read("main", "invites lin@example.com as a member").await;
    lin.look("invitation-join").await;
    lin.click_on("Join").await;
    lin.arrive("/projects/my-blog").await;
    lin.go(link_of_lin.strip_prefix(&server.origin).unwrap()).await;
    lin.read("h1", "This invitation was used").await;
    lin.go(link_of_kim.strip_prefix(&server.origin).unwrap()).await;
    lin.click_on("Sign out and continue").await;
    lin.read("main", "Create account and join").await;

    ada.click_on("Cancel invitation of kim@example.com").await;
    ada.read("main .note", "kim@example.com is not invited any more.").await;
    ada.click_on("Role of Lin Wei").await;
    ada.read("h1", "Role of Lin Wei").await;
    ada.look("role").await;
    ada.click("input[value=admin]").await;
    ada.click_on("Change role").await;
    ada.read("main .note", "Lin Wei is an admin now.").await;
    ada.click_on("Leave").await;
    ada.read("h1", "A project needs an owner").await;
    ada.look("last-owner").await;
    ada.click_on("Back to the team").await;
    ada.click_on("Remove Lin Wei").await;
    ada.look("remove").await;
    ada.click("main .btn.danger").await;
    ada.read("main .note", "Lin Wei is not in the team any more.").await;
    lin.quit().await;
    ada.quit().await;
}
