//! Making, renewing and cancelling invitations.

use chrono::TimeDelta;

use super::{INVITE, KIM, TEAM, invite, link, newest, token};
use crate::support::Server;

#[tokio::test]
async fn the_link_is_shown_once_with_who_can_use_it_and_until_when() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let form = ada.get(INVITE).await.expect(200);
    assert_eq!(
        (form.text("h1"), form.text("main button")),
        ("Invite to My Blog".to_owned(), "Make link".to_owned())
    );
    assert_eq!(form.attribute("input[name=role][checked]", "value"), "member");
    assert_eq!(form.text("main p.hint strong"), server.origin, "where the link will lead to");
    let page =
        ada.post(INVITE, &[("email", " Kim@Example.com "), ("role", "member")]).await.expect(200);
    assert_eq!(page.text("h1"), "Invitation for Kim@Example.com");
    let text = page.text("main");
    assert!(text.contains("Whoever opens this link as Kim@Example.com joins My Blog as a member. It works once, until "), "{text}");
    assert!(
        text.contains("The link is shown once.") && text.contains("It points to 127.0.0.1"),
        "{text}"
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let link = link(&page);
    assert!(page.text("#lnk").starts_with(&server.origin));
    let dump = server.database.dump().join("\n");
    assert!(!dump.contains(token(&link)), "only its hash is kept");

    let team = ada.get(TEAM).await.expect(200);
    assert!(!team.body.contains(token(&link)));
    let row = format!("#{}", newest(&server));
    assert_eq!(team.text(&format!("{row} td.name")), "Kim@Example.com");
    assert_eq!(
        team.texts(&format!("{row} button")),
        ["New link for Kim@Example.com", "Cancel invitation of Kim@Example.com"]
    );
    assert_eq!(
        ada.get("/projects/my-blog/activity?what=invitation").await.texts("td.name"),
        ["Ada invited Kim@Example.com: as member"]
    );
}

#[tokio::test]
async fn only_loopback_addresses_are_warned_of() {
    for (url, warned) in [
        ("http://keys.example.com", false),
        ("http://localhost:1234", true),
        ("http://[::1]", true),
    ] {
        let server = Server::start_with(&["--public-url", url]).await;
        let ada = server.ada().await;
        let page = ada.post(INVITE, &[("email", KIM), ("role", "viewer")]).await.expect(200);
        assert!(
            page.text("#lnk").starts_with(&format!("{url}/invitations?token=")),
            "{}",
            page.text("#lnk")
        );
        assert_eq!(page.text("main").contains("opens on this machine only"), warned, "{url}");
    }
}

#[tokio::test]
async fn what_cannot_be_invited_is_told_beside_the_field() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "viewer");
    invite(&ada, KIM, "member").await;
    let before = server.database.dump();
    for (email, error) in [
        ("", "Enter an e-mail address."),
        ("kim", "Enter an e-mail address like ada@example.com."),
        (
            "kim@example.com\r\nBcc: eve@example.com",
            "Enter an e-mail address like ada@example.com.",
        ),
        ("DANA@example.com", "Dana has this address and is in the team already."),
        ("ada@example.com", "Ada has this address and is in the team already."),
        (
            "KIM@example.com",
            "This address is invited already. Use New link in the list of pending invitations.",
        ),
    ] {
        let page = ada.post(INVITE, &[("email", email), ("role", "viewer")]).await.expect(422);
        assert_eq!(page.text("#email-err"), error);
        assert_eq!(
            page.attribute("input[name=role][checked]", "value"),
            "viewer",
            "what was chosen stays"
        );
        assert_eq!(page.attribute("#email", "value"), email.replace("\r\n", "\n"));
    }
    for fields in [
        &[("email", "lin@example.com")][..],
        &[("email", "lin@example.com"), ("role", "owner")],
        &[("email", "lin@example.com"), ("role", "king")],
        &[("email", "lin@example.com"), ("role", "viewer"), ("project_id", "x")],
        &[("email", "lin@example.com"), ("role", "viewer"), ("role", "admin")],
    ] {
        ada.post(INVITE, fields).await.expect(400);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn admins_invite_those_below_them_and_others_nobody() {
    let server = Server::start().await;
    let ada = server.ada().await;
    invite(&ada, "boss@example.com", "admin").await;
    let for_admin = newest(&server);
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    let dana_browser = server.sign_in("dana@example.com").await;
    let form = dana_browser.get(INVITE).await.expect(200);
    assert_eq!(form.texts("input[name=role][disabled]").len(), 1);
    let before = server.database.dump();
    dana_browser.post(INVITE, &[("email", KIM), ("role", "admin")]).await.expect(403);
    for verb in ["renew", "cancel"] {
        dana_browser.post(&format!("{TEAM}/invitations/{for_admin}/{verb}"), &[]).await.expect(403);
    }
    assert_eq!(
        dana_browser.get(TEAM).await.texts(&format!("#{for_admin} button[disabled]")).len(),
        2
    );
    assert_eq!(server.database.dump(), before);
    invite(&dana_browser, KIM, "viewer").await;
    let id = newest(&server);
    for role in ["member", "viewer"] {
        server.member("my-blog", &dana, role);
        let before = server.database.dump();
        let team = dana_browser.get(TEAM).await.expect(200);
        assert!(!team.body.contains(KIM) && team.has(".page-head button[disabled]"), "{role}");
        dana_browser.get(INVITE).await.expect(403);
        dana_browser
            .post(INVITE, &[("email", "lin@example.com"), ("role", "viewer")])
            .await
            .expect(403);
        for verb in ["renew", "cancel", "send"] {
            dana_browser.post(&format!("{TEAM}/invitations/{id}/{verb}"), &[]).await.expect(403);
        }
        assert_eq!(server.database.dump(), before, "{role}");
    }
}

#[tokio::test]
async fn a_new_link_replaces_the_old_one_and_a_cancelled_one_is_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let bob = server.user("Bob", "bob@example.com");
    server.member("my-blog", &bob, "owner");
    let bob = server.sign_in("bob@example.com").await;
    let old = invite(&ada, KIM, "member").await;
    let old_id = newest(&server);
    server.clock.advance(TimeDelta::days(6));
    let ada = server.sign_in("ada@example.com").await;
    let new = link(&ada.post(&format!("{TEAM}/invitations/{old_id}/renew"), &[]).await.expect(200));
    assert_ne!(old, new);
    let new_id = newest(&server);
    let visitor = server.anonymous();
    assert_eq!(visitor.get(&old).await.expect(410).text("h1"), "There is a newer link");
    server.clock.advance(TimeDelta::days(6));
    visitor.get(&new).await.expect(200);

    // Bob looks at an old page.
    let bob = {
        drop(bob);
        server.sign_in("bob@example.com").await
    };
    let before = server.database.dump();
    for verb in ["renew", "cancel"] {
        let page = bob.post(&format!("{TEAM}/invitations/{old_id}/{verb}"), &[]).await.expect(409);
        assert_eq!(
            (page.text("h1"), page.text("h1 bdi")),
            ("Ada made a new link 6 days ago".to_owned(), "Ada".to_owned())
        );
    }
    assert_eq!(server.database.dump(), before);
    assert_eq!(
        bob.post(&format!("{TEAM}/invitations/{new_id}/cancel"), &[]).await.expect(303).location(),
        TEAM
    );
    assert!(
        bob.get(TEAM).await.text(".note.ok").contains("kim@example.com is not invited any more.")
    );
    assert_eq!(visitor.get(&new).await.expect(410).text("h1"), "This invitation was cancelled");
    let ada = server.sign_in("ada@example.com").await;
    let page = ada.post(&format!("{TEAM}/invitations/{new_id}/renew"), &[]).await.expect(409);
    assert_eq!(page.text("h1"), "Bob cancelled this invitation just now");
    assert_eq!(
        ada.get("/projects/my-blog/activity?what=invitation").await.texts("td.name"),
        [
            "Bob cancelled the invitation of kim@example.com",
            "Ada made a new link for kim@example.com",
            "Ada invited kim@example.com: as member"
        ]
    );
    invite(&ada, KIM, "viewer").await;
}

#[tokio::test]
async fn foreign_and_unknown_invitations_are_not_found_alike() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let eve = server.user("Eve", "eve@example.com");
    server.project("Other", &eve);
    let eve = server.sign_in("eve@example.com").await;
    eve.post("/projects/other/team/invite", &[("email", KIM), ("role", "member")])
        .await
        .expect(200);
    let foreign = newest(&server);
    let before = server.database.dump();
    let mut bodies = Vec::new();
    for id in [foreign.as_str(), "inv_00000000000000000000000000000000", "inv_x", "key_1"] {
        for verb in ["renew", "cancel"] {
            let page = ada.post(&format!("{TEAM}/invitations/{id}/{verb}"), &[]).await.expect(404);
            bodies.push(page.body.replace(&page.text("code"), ""));
        }
        ada.post(&format!("/projects/other/team/invitations/{id}/cancel"), &[]).await.expect(404);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn nobody_is_flooded_with_invitations() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let mut last = invite(&ada, KIM, "member").await;
    for _ in 1..10 {
        let page = ada
            .post(&format!("{TEAM}/invitations/{}/renew", newest(&server)), &[])
            .await
            .expect(200);
        last = link(&page);
    }
    let before = server.database.dump();
    let page =
        ada.post(&format!("{TEAM}/invitations/{}/renew", newest(&server)), &[]).await.expect(429);
    assert!(page.text("main").contains("invited 10 times within an hour"), "{}", page.text("main"));
    assert_eq!(server.database.dump(), before);
    ada.post(&format!("{TEAM}/invitations/{}/cancel", newest(&server)), &[]).await.expect(303);
    let page = ada.post(INVITE, &[("email", KIM), ("role", "member")]).await.expect(429);
    assert!(page.text("#email-err").contains("invited 10 times"), "{}", page.text("#email-err"));
    invite(&ada, "somebody.else@example.com", "member").await;
    server.clock.advance(TimeDelta::minutes(61));
    let ada = server.sign_in("ada@example.com").await;
    assert_ne!(invite(&ada, KIM, "member").await, last);
}
