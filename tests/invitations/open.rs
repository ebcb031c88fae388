//! What somebody with a link sees, and what a link that does not work shows.

use chrono::TimeDelta;

use super::{KIM, invite, join, make_account, token};
use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn each_link_that_does_not_work_says_why_and_changes_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let kim = server.user("Kim", KIM);
    let kim_browser = server.sign_in(KIM).await;
    let visitor = server.anonymous();
    let used = invite(&ada, "used@example.com", "viewer").await;
    make_account(&visitor, &used, "Used").await.expect(303);
    let expired = invite(&ada, "late@example.com", "viewer").await;
    server.clock.advance(TimeDelta::days(7));
    let ada = server.sign_in("ada@example.com").await;
    let kim_browser = {
        drop(kim_browser);
        server.sign_in(KIM).await
    };
    let gone = {
        ada.post("/projects", &[("name", "Shop"), ("slug", "shop"), ("description", "")])
            .await
            .expect(303);
        let page = ada
            .post("/projects/shop/team/invite", &[("email", KIM), ("role", "viewer")])
            .await
            .expect(200);
        ada.post("/projects/shop/settings/delete", &[("confirm", "Shop")]).await.expect(303);
        super::link(&page)
    };
    let unknown = format!("/invitations?token={}", "0".repeat(64));
    let before = server.database.dump();
    for (link, status, title) in [
        (used.as_str(), 410, "This invitation was used"),
        (&expired, 410, "This invitation has expired"),
        (&gone, 410, "Shop is gone"),
        (&unknown, 404, "This is no invitation link"),
        ("/invitations?token=", 404, "This is no invitation link"),
        (&used[..used.len() - 1], 404, "This is no invitation link"),
    ] {
        for page in [
            visitor.get(link).await,
            kim_browser.get(link).await,
            join(&kim_browser, link).await,
            server
                .anonymous()
                .post(
                    "/invitations/account",
                    &[("token", token(link)), ("name", "Eve"), ("password", PASSWORD)],
                )
                .await,
        ] {
            let page = page.expect(status);
            assert_eq!(page.text("h1"), title, "{link}");
            let names = if title == "Shop is gone" { &["Shop"][..] } else { &[] };
            assert_eq!(page.texts("h1 bdi"), names, "only a name stands isolated");
        }
    }
    assert_eq!(
        visitor.get("/invitations").await.expect(404).text("h1"),
        "This is no invitation link"
    );
    assert_eq!(server.database.dump(), before);
    drop(kim);
}

#[tokio::test]
async fn who_is_signed_in_as_somebody_else_is_told_and_can_switch() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Kim", KIM);
    server.user("Lin", "lin@example.com");
    let link = invite(&ada, KIM, "member").await;
    let lin = server.sign_in("lin@example.com").await;
    let before = server.database.dump();
    let page = lin.get(&link).await.expect(200);
    let note = page.text(".note");
    assert_eq!(
        note,
        "You are signed in as Lin (lin@example.com). This invitation is for kim@example.com."
    );
    assert!(
        join(&lin, &link)
            .await
            .expect(409)
            .text(".note")
            .contains("This invitation is for kim@example.com.")
    );
    make_account(&lin.browser, &link, "Lin").await.expect(409);
    assert_eq!(server.database.dump(), before);

    let next = page.attribute("form[action='/sign-out'] input[name=next]", "value");
    assert_eq!(next, link);
    assert_eq!(lin.post("/sign-out", &[("next", &next)]).await.expect(303).location(), link);
    let page = lin.get(&link).await.expect(200);
    assert_eq!(
        page.attribute("form[action='/sign-in'] #email", "value"),
        KIM,
        "the address is fixed"
    );
    let wrong = [("email", KIM), ("password", "not the password"), ("next", link.as_str())];
    let page = lin.browser.post("/sign-in", &wrong).await.expect(422);
    let next = page.attribute("input[name=next]", "value");
    let done = lin
        .browser
        .post("/sign-in", &[wrong[0], ("password", PASSWORD), ("next", &next)])
        .await
        .expect(303);
    assert_eq!(done.location(), link, "and back to the invitation");
}

#[tokio::test]
async fn signing_out_leads_nowhere_else() {
    let server = Server::start().await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        server.database.execute("DELETE FROM sessions");
        let ada = match server.database.count("SELECT count(*) FROM users") {
            0 => server.ada().await,
            _ => server.sign_in("ada@example.com").await,
        };
        assert_eq!(
            ada.post("/sign-out", &[("next", next)]).await.expect(303).location(),
            "/sign-in",
            "{next}"
        );
    }
}

#[tokio::test]
async fn the_page_is_not_kept_and_leaves_no_trace() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let link = invite(&ada, KIM, "member").await;
    let before = server.database.dump();
    let visitor = server.anonymous();
    let page = visitor.get(&link).await.expect(200);
    assert_eq!(page.text("h1"), "Join My Blog");
    assert_eq!(page.text(".lead"), "Ada invites kim@example.com as a member.");
    assert_eq!(
        (page.header("cache-control"), page.header("referrer-policy")),
        (Some("no-store"), Some("same-origin"))
    );
    assert!(page.header("set-cookie").is_none(), "a visitor has no session");
    assert_eq!(server.database.dump(), before);
}
