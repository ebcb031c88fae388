//! Joining a project with an invitation.

use super::{KIM, TEAM, invite, join, make_account, members, newest, token};
use crate::support::{PASSWORD, Server, SignedIn};

#[tokio::test]
async fn a_new_person_makes_an_account_with_the_invited_address_and_is_in() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let link = invite(&ada, "Kim@Example.com", "member").await;
    let visitor = server.anonymous();
    let form = visitor.get(&link).await.expect(200);
    assert_eq!(
        (form.attribute("#email", "value"), form.text("main button[type=submit]")),
        ("Kim@Example.com".to_owned(), "Create account and join".to_owned())
    );
    let done = make_account(&visitor, &link, "Kim Park").await.expect(303);
    assert_eq!(done.location(), "/projects/my-blog");
    let kim = SignedIn::already(visitor).await;
    let page = kim.get(TEAM).await.expect(200);
    assert!(
        page.texts("td.name").contains(&"KP Kim Park You Kim@Example.com".to_owned()),
        "{:?}",
        page.texts("td.name")
    );
    kim.get("/projects/my-blog/dev/api-keys/new?kind=secret").await.expect(200);
    kim.get("/projects/my-blog/prod/api-keys/new?kind=secret").await.expect(403);
    assert_eq!(
        kim.get("/projects/my-blog/activity").await.texts("td.name")[0],
        "Kim Park joined: as member"
    );
    server.sign_in(KIM).await;
    let page =
        ada.post(&format!("{TEAM}/invitations/{}/cancel", newest(&server)), &[]).await.expect(409);
    assert_eq!(page.text("h1"), "Kim Park joined just now");
}

#[tokio::test]
async fn somebody_with_an_account_signs_in_and_joins_with_one_press() {
    let server = Server::start().await;
    let ada = server.ada().await;
    server.user("Kim", KIM);
    let link = invite(&ada, KIM, "admin").await;
    let kim = server.sign_in(KIM).await;
    kim.get(TEAM).await.expect(404);
    let page = kim.get(&link).await.expect(200);
    assert_eq!(page.text("main button"), "Join");
    assert_eq!(
        page.attribute("form[action='/invitations/join'] input[name=token]", "value"),
        token(&link)
    );
    assert_eq!(join(&kim, &link).await.expect(303).location(), "/projects/my-blog");
    kim.get("/projects/my-blog/team/invite").await.expect(200);
    assert_eq!(kim.get(&link).await.expect(410).text("h1"), "This invitation was used");
    assert_eq!(join(&kim, &link).await.expect(410).text("h1"), "This invitation was used");
    assert_eq!(members(&server), 2);
}

#[tokio::test]
async fn who_became_a_member_meanwhile_is_told_and_the_role_stays() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let kim = server.user("Kim", KIM);
    let link = invite(&ada, KIM, "admin").await;
    server.member("my-blog", &kim, "viewer");
    let kim = server.sign_in(KIM).await;
    let before = server.database.dump();
    assert!(
        kim.get(&link)
            .await
            .expect(200)
            .text(".note")
            .contains("You are in the team of My Blog already.")
    );
    assert!(join(&kim, &link).await.expect(409).text(".note").contains("already"));
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn bad_names_and_passwords_are_told_and_the_link_stays_good() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let link = invite(&ada, KIM, "viewer").await;
    let before = server.database.dump();
    let canary = "canary";
    for (name, password, name_error, password_error) in [
        ("", canary, Some("Enter a name."), Some("Use at least 12 characters.")),
        (
            "Kim",
            "password1234",
            None,
            Some("This password is easy to guess. A few unrelated words make a good one."),
        ),
        ("Kim", KIM, None, Some("Don't use your name or e-mail address as the password.")),
        (
            "K\u{202e}im",
            PASSWORD,
            Some(
                "Use letters, digits and punctuation only: this has an invisible control character.",
            ),
            None,
        ),
    ] {
        let fields = [("token", token(&link)), ("name", name), ("password", password)];
        let page = server.anonymous().post("/invitations/account", &fields).await.expect(422);
        assert_eq!(page.texts("#name-err").first().map(String::as_str), name_error);
        assert_eq!(page.texts("#password-err").first().map(String::as_str), password_error);
        assert_eq!(
            (page.attribute("#name", "value"), page.attribute("#password", "value")),
            (name.to_owned(), String::new())
        );
        assert!(!page.body.contains(canary));
    }
    let good = [("token", token(&link)), ("name", "Kim"), ("password", PASSWORD)];
    for extra in [("email", "eve@example.com"), ("role", "owner"), ("csrf", "x"), ("name", "Eve")] {
        let fields = [good[0], good[1], good[2], extra];
        server.anonymous().post("/invitations/account", &fields).await.expect(400);
    }
    let eve = server.user("Eve", "eve@example.com");
    let eve_browser = server.sign_in("eve@example.com").await;
    eve_browser
        .post("/invitations/join", &[("token", token(&link)), ("role", "owner")])
        .await
        .expect(400);
    server.database.execute(&format!("DELETE FROM activity WHERE subject_id = '{eve}'; DELETE FROM sessions WHERE user_id = '{eve}'; DELETE FROM users WHERE id = '{eve}'"));
    server.anonymous().post("/invitations/join", &[("token", token(&link))]).await.expect(401);
    assert_eq!(server.database.dump(), before);
    make_account(&server.anonymous(), &link, "Kim").await.expect(303);
}

#[tokio::test]
async fn an_account_made_meanwhile_signs_in_instead() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let link = invite(&ada, KIM, "viewer").await;
    server.user("Kim", "KIM@example.com");
    let before = server.database.dump();
    let page = make_account(&server.anonymous(), &link, "Mallory").await.expect(409);
    assert!(page.has("form[action='/sign-in']"), "{}", page.body);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let link = invite(&ada, KIM, "viewer").await;
    let before = server.database.dump();
    let visitor = server.anonymous();
    for header in
        [None, Some(("Origin", "https://evil.example")), Some(("Sec-Fetch-Site", "cross-site"))]
    {
        let fields = [("token", token(&link)), ("name", "Kim"), ("password", PASSWORD)];
        let mut request = visitor.client.post(server.url("/invitations/account")).form(&fields);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn who_is_removed_or_may_invite_no_more_has_no_way_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let dana = server.user("Dana", "dana@example.com");
    server.member("my-blog", &dana, "admin");
    let browser = server.sign_in("dana@example.com").await;
    let hers = invite(&browser, "dana.too@example.com", "member").await;
    let another = invite(&ada, KIM, "member").await;
    let role = format!("{TEAM}/{dana}/role");
    ada.post(&role, &[("was", "admin"), ("role", "viewer")]).await.expect(303);
    assert_eq!(
        server.anonymous().get(&hers).await.expect(410).text("h1"),
        "This invitation was cancelled"
    );
    ada.post(&role, &[("was", "viewer"), ("role", "admin")]).await.expect(303);
    let hers = invite(&browser, "dana.too@example.com", "member").await;
    let page = ada.get(&format!("{TEAM}/{dana}/remove")).await.expect(200);
    assert!(page.text("main").contains("Invitations that they made"), "{}", page.text("main"));
    ada.post(&format!("{TEAM}/{dana}/remove"), &[]).await.expect(303);
    make_account(&server.anonymous(), &hers, "Dana").await.expect(410);
    assert_eq!(
        ada.get("/projects/my-blog/activity").await.texts("td.name")[..2]
            .iter()
            .filter(|text| text.contains("dana.too"))
            .count(),
        1
    );
    server.anonymous().get(&another).await.expect(200);
    assert_eq!(members(&server), 1);
}
