//! `/instance/settings`: what holds for everybody.

use super::{DEV, member, sign_in};
use crate::support::{Authenticator, PASSWORD, Page, Server, SignedIn};
use chrono::TimeDelta;

const SETTINGS: &str = "/instance/settings";

/// Saves settings that differ from the usual ones in this.
async fn save(ada: &SignedIn, changed: &[(&str, &str)]) -> Page {
    let mut fields = vec![
        ("creation", "owners"),
        ("grace", "14"),
        ("projects", "200"),
        ("environments", "100"),
        ("keys", "10000"),
        ("password", PASSWORD),
    ];
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    fields.extend(changed);
    ada.post(SETTINGS, &fields).await
}

#[tokio::test]
async fn who_may_create_projects_is_a_setting() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, bob) = member(&server, "Bob", "admin").await;
    let (_, carol) = member(&server, "Carol", "owner").await;
    // By default people who own one, and whoever runs the instance.
    let page = bob.get("/projects").await.expect(200);
    assert!(page.text(".why").starts_with("Only administrators of this Keyrack, and people who"));
    assert!(!page.has(".page-head a[href='/projects/new']"));
    bob.get("/projects/new").await.expect(403);
    bob.post("/projects", &[("name", "Bobs Shop")]).await.expect(403);
    carol.post("/projects", &[("name", "Carols Shop")]).await.expect(303);

    save(&ada, &[("creation", "everybody")]).await.expect(303);
    bob.post("/projects", &[("name", "Bobs Shop")]).await.expect(303);
    save(&ada, &[("creation", "administrators")]).await.expect(303);
    for who in [&bob, &carol] {
        who.post("/projects", &[("name", "One more")]).await.expect(403);
    }
    ada.post("/projects", &[("name", "One more")]).await.expect(303);
    let told = server.database.query(
        "SELECT detail AS value FROM activity WHERE action = 'instance.changed' ORDER BY id",
    );
    assert_eq!(
        told,
        [
            "projects created by: owners to everybody",
            "projects created by: everybody to administrators"
        ]
    );
}

#[tokio::test]
async fn where_two_steps_are_required_nothing_else_opens_before_they_are_set_up() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, bob) = member(&server, "Bob", "member").await;
    save(&ada, &[("two_step", "on"), ("grace", "2")]).await.expect(303);
    bob.get(DEV).await.expect(200); // there is time
    // A session ends when nothing is asked for half a day.
    for _ in 0..5 {
        server.clock.advance(TimeDelta::hours(11));
        bob.get("/projects").await;
    }
    for page in [DEV, "/projects", "/account", "/help"] {
        assert_eq!(bob.get(page).await.expect(303).location(), "/account/two-step", "{page}");
    }
    let refused = bob.post("/account/name", &[("name", "Robert")]).await.expect(403);
    assert!(refused.body.contains("This Keyrack requires two-step sign-in."));
    Authenticator::turn_on(&server, &bob).await;
    bob.get(DEV).await.expect(200);

    // Whoever comes later has as much time.
    let (_, carol) = member(&server, "Carol", "member").await;
    carol.get(DEV).await.expect(200);
}

#[tokio::test]
async fn limits_hold_for_what_is_added_from_then_on() {
    let server = Server::start().await;
    let ada = server.ada().await;
    ada.create_key(DEV, "secret", "one").await;
    ada.create_key(DEV, "publishable", "two").await;
    save(&ada, &[("projects", "1"), ("environments", "3"), ("keys", "2")]).await.expect(303);
    let page = ada.post("/projects", &[("name", "Shop")]).await.expect(422);
    assert_eq!(
        page.text("#name-err"),
        "Nobody may own more than 1 projects here. Delete one, or hand one over."
    );
    let page = ada.post("/projects/my-blog/environments", &[("name", "qa")]).await.expect(422);
    assert!(page.body.contains("A project has at most 3 environments."));
    let token = ada.form_token(DEV, "secret").await;
    let fields = [("kind", "secret"), ("name", "three"), ("token", token.as_str())];
    let page = ada.post(DEV, &fields).await.expect(422);
    assert!(page.body.contains("An environment has at most 2 keys."), "{}", page.body);
}

#[tokio::test]
async fn what_makes_no_sense_is_told_at_once_and_nothing_is_saved() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let before = server.database.dump();
    let bad = [("grace", "soon"), ("projects", "0"), ("environments", "101"), ("keys", "-1")];
    let wrong = [&bad[..], &[("password", "not-the-password")]].concat();
    let page = save(&ada, &wrong).await.expect(422);
    for (field, _) in bad {
        assert!(page.text(&format!("#{field}-err")).starts_with("Enter a number from "), "{field}");
    }
    assert!(page.has("#password-err"));
    assert_eq!(page.attribute("#grace", "value"), "soon");
    ada.post(SETTINGS, &[("creation", "nobody-knows")]).await.expect(400);
    let rows = |dump: &[String]| dump.iter().filter(|line| line.contains("instance")).count();
    assert_eq!(rows(&server.database.dump()), rows(&before));
    sign_in(&server, "ada@example.com", PASSWORD).await.expect(303);
}
