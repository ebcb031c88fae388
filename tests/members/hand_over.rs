//! Handing over a project.

use super::{TEAM, member, owners, role_of};
use crate::support::{PASSWORD, Server};

const PAGE: &str = "/projects/my-blog/team/hand-over";

#[tokio::test]
async fn the_new_owner_takes_the_place_of_the_old_one() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let page = ada.get(PAGE).await.expect(200);
    assert_eq!(page.text("h1"), "There is nobody to hand over to");
    let (id, dana) = member(&server, "Dana", "viewer").await;
    let form = ada.get(PAGE).await.expect(200);
    assert_eq!(
        (form.text("h1"), form.texts("#person option")[1..].to_vec()),
        ("Hand over My Blog".to_owned(), vec!["Dana (dana@example.com)".to_owned()])
    );
    let done = ada.post(PAGE, &[("person", id.as_str()), ("password", PASSWORD)]).await.expect(303);
    assert_eq!(done.location(), TEAM);
    let page = ada.get(TEAM).await.expect(200);
    assert_eq!(page.text(".note.ok p"), "Dana is the owner now, and you are an admin.");
    assert_eq!(
        (page.texts("td.name bdi"), page.texts("td[data-label=Role]")),
        (vec!["Dana".to_owned(), "Ada".to_owned()], vec!["Owner".to_owned(), "Admin".to_owned()])
    );
    ada.get(PAGE).await.expect(403);
    ada.post(PAGE, &[("person", id.as_str()), ("password", PASSWORD)]).await.expect(403);
    dana.get(PAGE).await.expect(200);
    assert_eq!(
        dana.get("/projects/my-blog/activity").await.texts("td.name")[0],
        "Ada handed over My Blog: to Dana"
    );
    assert_eq!(server.database.count("SELECT count(*) FROM sign_in_failures"), 0);
}

#[tokio::test]
async fn invitations_that_only_an_owner_may_make_are_taken_back() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, _) = member(&server, "Dana", "viewer").await;
    for (email, role) in [("kim@example.com", "admin"), ("lin@example.com", "viewer")] {
        ada.post(&format!("{TEAM}/invite"), &[("email", email), ("role", role)]).await.expect(200);
    }
    ada.post(PAGE, &[("person", id.as_str()), ("password", PASSWORD)]).await.expect(303);
    let pending =
        server.database.query("SELECT email AS value FROM invitations WHERE ended_at IS NULL");
    assert_eq!(pending, ["lin@example.com"], "the other would be a way back");
}

#[tokio::test]
async fn without_the_password_nothing_is_handed_over_and_tries_are_counted() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, _) = member(&server, "Dana", "viewer").await;
    let wrong = "canary-password-4711";
    for _ in 0..10 {
        let page =
            ada.post(PAGE, &[("person", id.as_str()), ("password", wrong)]).await.expect(422);
        assert_eq!(page.text("#password-err"), "This is not your current password.");
        assert_eq!(
            page.attribute("#person option[selected]", "value"),
            id.as_str(),
            "what was chosen stays"
        );
        assert!(!page.body.contains(wrong));
    }
    let page = ada.post(PAGE, &[("person", id.as_str()), ("password", PASSWORD)]).await.expect(422);
    assert!(
        page.text("#password-err").starts_with("Too many wrong passwords. Wait 15 minutes"),
        "{}",
        page.text("#password-err")
    );
    assert_eq!(role_of(&server, &id), "viewer");
    server.clock.advance(chrono::TimeDelta::minutes(16));
    ada.post(PAGE, &[("person", id.as_str()), ("password", PASSWORD)]).await.expect(303);
}

#[tokio::test]
async fn only_members_can_be_chosen() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob, _) = member(&server, "Bob", "owner").await;
    let (_, admin) = member(&server, "Dana", "admin").await;
    let eve = server.user("Eve", "eve@example.com");
    let before = server.database.dump();
    let page = ada.post(PAGE, &[("person", ""), ("password", PASSWORD)]).await.expect(422);
    assert_eq!(page.text("#person-err"), "Choose who shall be the owner.");
    for stranger in [eve.as_str(), "usr_00000000000000000000000000000000"] {
        ada.post(PAGE, &[("person", stranger), ("password", PASSWORD)]).await.expect(404);
    }
    let page =
        ada.post(PAGE, &[("person", bob.as_str()), ("password", PASSWORD)]).await.expect(409);
    assert!(page.text("main").contains("It is owner now."), "{}", page.text("main"));
    ada.post(PAGE, &[("person", bob.as_str()), ("password", PASSWORD), ("role", "owner")])
        .await
        .expect(400);
    admin.get(PAGE).await.expect(403);
    let without_secret = |dump: Vec<String>| {
        dump.into_iter().filter(|row| !row.starts_with("settings")).collect::<Vec<_>>()
    };
    assert_eq!(without_secret(server.database.dump()), without_secret(before));
    assert_eq!(owners(&server), 2);
}
