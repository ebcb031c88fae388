//! Changing roles, removing and leaving.

use super::{TEAM, change_role, member, owners, remove, role_of};
use crate::support::{PASSWORD, Server};

const DEV: &str = "/projects/my-blog/dev/api-keys";

#[tokio::test]
async fn a_new_role_counts_from_the_next_request_in_the_open_session() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, dana) = member(&server, "Dana", "member").await;
    dana.get(&format!("{DEV}/new?kind=secret")).await.expect(200);
    let form = ada.get(&format!("{TEAM}/{id}/role")).await.expect(200);
    assert_eq!(
        (form.text("h1"), form.attribute("input[name=role][checked]", "value")),
        ("Role of Dana".to_owned(), "member".to_owned())
    );
    let about = [
        "Everything, also deleting and handing over the project",
        "Everything but managing owners and admins, and deleting or handing over the project",
        "Adds environments; adds and deletes keys, except in protected ones",
        "Sees masks and activity, changes nothing",
    ];
    assert_eq!(form.texts("label .hint"), about, "the table of product.md");
    assert_eq!(change_role(&ada, &id, "member", "viewer").await.expect(303).location(), TEAM);
    assert_eq!(ada.get(TEAM).await.text(".note.ok p"), "Dana is a viewer now.");
    dana.get(&format!("{DEV}/new?kind=secret")).await.expect(403);
    change_role(&ada, &id, "viewer", "admin").await.expect(303);
    dana.get("/projects/my-blog/prod/api-keys/new?kind=secret").await.expect(200);
    assert_eq!(ada.get(TEAM).await.text(".note.ok p"), "Dana is an admin now.");
    remove(&ada, &id).await.expect(303);
    for path in [DEV, TEAM, "/projects/my-blog", "/projects/my-blog/activity"] {
        dana.get(path).await.expect(404);
    }
    dana.post(&format!("{TEAM}/leave"), &[]).await.expect(404);
    assert!(
        dana.get("/projects")
            .await
            .expect(200)
            .text("main")
            .contains("You are not in any project yet.")
    );
}

#[tokio::test]
async fn whoever_looks_at_an_old_page_is_told_what_changed_meanwhile() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, bob) = member(&server, "Bob", "owner").await;
    let (id, _) = member(&server, "Dana", "member").await;
    change_role(&bob, &id, "member", "viewer").await.expect(303);
    let before = server.database.dump();
    let page = change_role(&ada, &id, "member", "admin").await.expect(409);
    assert_eq!(page.text("h1"), "Somebody else changed this role");
    assert!(page.text("main").contains("It is viewer now."), "{}", page.text("main"));
    assert_eq!(server.database.dump(), before);
    remove(&bob, &id).await.expect(303);
    server.clock.advance(chrono::TimeDelta::seconds(125));
    let before = server.database.dump();
    for page in [
        ada.get(&format!("{TEAM}/{id}/role")).await,
        ada.get(&format!("{TEAM}/{id}/remove")).await,
        change_role(&ada, &id, "viewer", "admin").await,
        remove(&ada, &id).await,
    ] {
        let page = page.expect(409);
        assert_eq!(page.text("h1"), "Bob removed Dana 2 minutes ago");
        assert_eq!(page.texts("h1 bdi"), ["Bob", "Dana"], "only the names stand isolated");
    }
    let dialog = ada.hx_post(&format!("{TEAM}/{id}/remove"), &[]).await.expect(409);
    assert!(
        dialog.body.contains("<hx-partial")
            && dialog.text("#told-t") == "Bob removed Dana 2 minutes ago",
        "{}",
        dialog.body
    );
    assert_eq!(dialog.texts("#told-t bdi"), ["Bob", "Dana"]);
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn a_right_that_was_taken_away_is_gone_within_the_transaction_too() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dana_id, dana) = member(&server, "Dana", "admin").await;
    let (id, _) = member(&server, "Lin", "member").await;
    // Demoted while the form is open; and the form of somebody who is gone.
    change_role(&ada, &dana_id, "admin", "viewer").await.expect(303);
    change_role(&dana, &id, "member", "viewer").await.expect(403);
    remove(&dana, &id).await.expect(403);
    assert_eq!(role_of(&server, &id), "member");
}

#[tokio::test]
async fn everybody_may_leave_but_the_last_owner() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, dana) = member(&server, "Dana", "viewer").await;
    let page = dana.get(&format!("{TEAM}/leave")).await.expect(200);
    assert_eq!(page.text("h1"), "Leave My Blog?");
    assert_eq!(dana.post(&format!("{TEAM}/leave"), &[]).await.expect(303).location(), "/projects");
    assert!(
        dana.get("/projects")
            .await
            .text(".note.ok")
            .contains("My Blog: you are not in its team any more.")
    );
    dana.get(TEAM).await.expect(404);
    assert_eq!(
        ada.get("/projects/my-blog/activity").await.texts("td.name")[0],
        "Dana left: was viewer"
    );
    let page = ada.get(&format!("{TEAM}/{id}/remove")).await.expect(409);
    assert!(page.text("h1").starts_with("Dana left"), "{}", page.text("h1"));

    let me = server.database.query("SELECT user_id AS value FROM members").remove(0);
    let before = server.database.dump();
    let page = ada.get(&format!("{TEAM}/leave")).await.expect(200);
    assert_eq!(
        page.text("h1"),
        "A project needs an owner",
        "what would be refused is not asked for"
    );
    for page in [
        ada.post(&format!("{TEAM}/leave"), &[]).await,
        ada.post(&format!("{TEAM}/{me}/remove"), &[]).await,
        ada.post(
            &format!("{TEAM}/{me}/role"),
            &[("was", "owner"), ("role", "viewer"), ("password", PASSWORD)],
        )
        .await,
    ] {
        assert_eq!(page.expect(409).text("h1"), "A project needs an owner");
    }
    assert_eq!(server.database.dump(), before);
    assert_eq!(
        ada.get(&format!("{TEAM}/{me}/remove")).await.expect(303).location(),
        format!("{TEAM}/leave")
    );

    // With another owner there, they may.
    member(&server, "Bob", "owner").await;
    ada.post(
        &format!("{TEAM}/{me}/role"),
        &[("was", "owner"), ("role", "admin"), ("password", PASSWORD)],
    )
    .await
    .expect(303);
    assert_eq!(owners(&server), 1);
    ada.post(&format!("{TEAM}/leave"), &[]).await.expect(303);
}

#[tokio::test]
async fn an_owner_is_removed_with_the_password_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob, _) = member(&server, "Bob", "owner").await;
    let path = format!("{TEAM}/{bob}/remove");
    assert!(ada.get(&path).await.expect(200).has("#password"));
    for password in ["", "wrong-horse-battery"] {
        let page = ada.post(&path, &[("password", password)]).await.expect(422);
        assert_eq!(page.text("#password-err"), "This is not your current password.");
    }
    assert_eq!(owners(&server), 2);
    ada.post(&path, &[("password", PASSWORD)]).await.expect(303);
    assert_eq!(owners(&server), 1);
    let (dana, _) = member(&server, "Dana", "admin").await;
    assert!(
        !ada.get(&format!("{TEAM}/{dana}/remove")).await.expect(200).has("#password"),
        "nobody else's removal needs it"
    );
    ada.post(&format!("{TEAM}/{dana}/remove"), &[]).await.expect(303);
}

#[tokio::test]
async fn foreign_and_unknown_people_are_not_found_alike() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let eve = server.user("Eve", "eve@example.com");
    server.project("Other", &eve);
    let (dana, _) = member(&server, "Dana", "member").await;
    let before = server.database.dump();
    let body = |page: crate::support::Page| {
        let reference = page.text("code");
        page.expect(404).body.replace(&reference, "")
    };
    for id in [eve.as_str(), "usr_00000000000000000000000000000000", "usr_x", "%00", "key_0"] {
        let unknown = body(ada.get("/projects/nope/team").await);
        for verb in ["role", "remove"] {
            assert_eq!(body(ada.get(&format!("{TEAM}/{id}/{verb}")).await), unknown, "{id}");
        }
        assert_eq!(body(ada.post(&format!("{TEAM}/{id}/remove"), &[]).await), unknown, "{id}");
        assert_eq!(
            body(
                ada.post(&format!("{TEAM}/{id}/role"), &[("was", "member"), ("role", "admin")])
                    .await
            ),
            unknown,
            "{id}"
        );
        assert_eq!(
            body(ada.post(&format!("/projects/other/team/{id}/remove"), &[]).await),
            unknown,
            "{id}"
        );
    }
    for fields in [
        &[("was", "member")][..],
        &[("role", "admin")],
        &[("was", "member"), ("role", "king")],
        &[("was", "member"), ("role", "")],
        &[("was", "member"), ("role", "admin"), ("role", "viewer")],
        &[("was", "member"), ("role", "admin"), ("user_id", "x")],
        &[("was", "member"), ("role", "admin"), ("project_id", "x")],
    ] {
        ada.post(&format!("{TEAM}/{dana}/role"), fields).await.expect(400);
    }
    ada.post(&format!("{TEAM}/{dana}/remove"), &[("role", "owner")]).await.expect(400);
    let visitor = server.anonymous();
    for path in [
        TEAM.to_owned(),
        format!("{TEAM}/leave"),
        format!("{TEAM}/{dana}/role"),
        "/projects/nope/team".to_owned(),
    ] {
        assert!(visitor.get(&path).await.expect(303).location().starts_with("/sign-in?next="));
    }
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn owners_are_made_and_unmade_with_the_password_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (dana, dana_browser) = member(&server, "Dana", "admin").await;
    let role = format!("{TEAM}/{dana}/role");
    let form = ada.get(&role).await.expect(200);
    assert!(form.has("input[type=password][name=password]"));
    for password in ["", "walrus teapot lantern"] {
        let page = ada
            .post(&role, &[("was", "admin"), ("role", "owner"), ("password", password)])
            .await
            .expect(422);
        assert_eq!(
            page.attribute("input[name=role][checked]", "value"),
            "owner",
            "what was chosen is kept"
        );
        assert!(page.text("#password-err").contains("password"), "{}", page.text("#password-err"));
        assert_eq!((role_of(&server, &dana).as_str(), owners(&server)), ("admin", 1));
    }
    ada.post(&role, &[("was", "admin"), ("role", "owner"), ("password", PASSWORD)])
        .await
        .expect(303);
    // Nor does one owner take the project from another without it.
    let me = server.database.query("SELECT id AS value FROM users WHERE name = 'Ada'").remove(0);
    let hers = format!("{TEAM}/{me}/role");
    dana_browser.post(&hers, &[("was", "owner"), ("role", "viewer")]).await.expect(422);
    assert_eq!(owners(&server), 2);
    // Admins can't make owners, so nothing is asked of them.
    let (_, bob) = member(&server, "Bob", "admin").await;
    let (kim, _) = member(&server, "Kim", "member").await;
    assert!(!bob.get(&format!("{TEAM}/{kim}/role")).await.expect(200).has("input[type=password]"));
}
