//! `/instance`: who runs this Keyrack, and accounts that end.

mod hand_over;
mod settings;

use keyrack::db::UserId;
use keyrack::domain::instance::{self, AccountError};
use keyrack::domain::{Act, Actor, os_rng};

use crate::support::{PASSWORD, Page, Process, Server, SignedIn, Verified};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const USERS: &str = "/instance/users";

/// Somebody in `my-blog` with this role, signed in.
async fn member(server: &Server, name: &str, role: &str) -> (UserId, SignedIn) {
    let email = format!("{}@example.com", name.to_lowercase());
    let id = server.user(name, &email);
    server.member("my-blog", &id, role);
    (id, server.sign_in(&email).await)
}

async fn change(who: &SignedIn, user: &UserId, verb: &str) -> Page {
    who.post(&format!("{USERS}/{user}/{verb}"), &[("password", PASSWORD)]).await
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Page {
    server.anonymous().post("/sign-in", &[("email", email), ("password", password)]).await
}

fn administrators(server: &Server) -> usize {
    server.database.count("SELECT count(*) FROM users WHERE administrator")
}

#[tokio::test]
async fn the_first_account_runs_the_instance_and_others_do_not() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (_, bob) = member(&server, "Bob", "owner").await;
    let page = ada.get(USERS).await.expect(200);
    assert_eq!(page.texts("td.name a"), ["Ada", "Bob"]);
    assert!(page.text("#m-account").contains("Instance"));
    assert!(!bob.get("/projects").await.expect(200).text("#m-account").contains("Instance"));
    let refused = bob.get(USERS).await.expect(403);
    assert!(refused.body.contains("Only administrators of this Keyrack can do this."));
    assert_eq!(administrators(&server), 1);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_hears_why_after_the_right_password_only() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, bob) = member(&server, "Bob", "member").await;
    let (key, _) = bob.create_key(DEV, "secret", "bobs-key").await;
    let (_, carol) = member(&server, "Carol", "member").await;

    change(&ada, &id, "disable").await.expect(303);
    bob.get("/projects").await.expect(303);
    bob.post("/account/name", &[("name", "Robert")]).await.expect(401);
    carol.get("/projects").await.expect(200);
    let why = "This account is disabled.";
    assert!(sign_in(&server, "bob@example.com", PASSWORD).await.expect(403).body.contains(why));
    let wrong = sign_in(&server, "bob@example.com", "not-the-password").await.expect(422);
    assert!(!wrong.body.contains(why));
    let team = ada.get("/projects/my-blog/team").await.expect(200);
    assert!(team.text(&format!("#{id}")).contains("Disabled"));
    // What others built with keys goes on.
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));

    change(&ada, &id, "enable").await.expect(303);
    bob.get("/projects").await.expect(303);
    server.sign_in("bob@example.com").await.get(DEV).await.expect(200);
}

#[tokio::test]
async fn a_code_that_is_being_typed_is_refused_once_the_account_is_disabled() {
    let server = Server::start().await;
    server.ada().await;
    let (id, bob) = member(&server, "Bob", "member").await;
    let (app, _) = crate::support::Authenticator::turn_on(&server, &bob).await;
    let browser = server.anonymous();
    let fields = [("email", "bob@example.com"), ("password", PASSWORD)];
    browser.post("/sign-in", &fields).await.expect(303);
    server.account(instance::disable, &id);
    let code = app.code_in(&server, 30);
    browser.post("/sign-in/two-step", &[("code", &code)]).await.expect(422);
    browser.get("/projects").await.expect(303);
}

#[tokio::test]
async fn a_change_that_was_under_way_is_refused_once_the_account_is_disabled() {
    use keyrack::domain::environments::{self, CreateError};
    use keyrack::domain::members::AccessError;
    use keyrack::domain::projects;
    let server = Server::start().await;
    server.ada().await;
    let (id, _) = member(&server, "Bob", "owner").await;
    server.account(instance::disable, &id);
    let actor = Actor::User { id, address: None, session: None };
    let refused = server.write(|c| -> Result<_, keyrack::db::Error> {
        let project = projects::find(c, "my-blog")?.unwrap();
        let new = environments::NewEnvironment {
            name: environments::Name::parse("late").unwrap(),
            protected: false,
            told: None,
        };
        let mut rng = os_rng();
        let mut act = Act::new(&actor, server.clock.now(), &mut rng);
        Ok(environments::create(c, &mut act, &project.id, &new).unwrap_err())
    });
    assert!(matches!(refused, CreateError::Refused(AccessError::Stranger)), "{refused:?}");
}

#[tokio::test]
async fn there_is_always_an_administrator_who_can_sign_in() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob_id, bob) = member(&server, "Bob", "viewer").await;
    let ada_id: UserId = {
        let query = "SELECT id AS value FROM users WHERE email = 'ada@example.com'";
        UserId::parse(&server.database.query(query).remove(0)).unwrap()
    };
    let page = change(&ada, &ada_id, "demote").await.expect(409);
    assert!(page.text(".note").contains("Keyrack needs an administrator who can sign in."));
    change(&ada, &bob_id, "promote").await.expect(303);
    bob.get(USERS).await.expect(200);
    // Each takes it from the other, at once.
    let both = tokio::join!(change(&ada, &bob_id, "demote"), change(&bob, &ada_id, "demote"));
    let statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    assert!(statuses.contains(&303), "{statuses:?}");
    assert_eq!(administrators(&server), 1);
}

#[tokio::test]
async fn nobody_disables_or_deletes_their_own_account_and_a_wrong_password_changes_nothing() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob_id, _) = member(&server, "Bob", "viewer").await;
    let me = "SELECT id AS value FROM users WHERE email = 'ada@example.com'";
    let me = UserId::parse(&server.database.query(me).remove(0)).unwrap();
    server.account(instance::promote, &bob_id);
    let before = server.database.dump();
    for verb in ["disable", "delete"] {
        change(&ada, &me, verb).await.expect(403);
    }
    change(&ada, &bob_id, "no-such-verb").await.expect(404);
    assert_eq!(server.database.dump(), before);
    let wrong = [("password", "not-the-password")];
    let page = ada.post(&format!("{USERS}/{bob_id}/delete"), &wrong).await.expect(422);
    assert_eq!(page.text("#password-err"), "This is not your current password.");
    assert!(ada.get(&format!("{USERS}/{bob_id}")).await.expect(200).body.contains("Bob"));
}

#[tokio::test]
async fn of_a_deleted_account_nothing_is_left_that_names_the_person() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, bob) = member(&server, "Bob", "member").await;
    bob.post("/account/name", &[("name", "Robert Canary")]).await.expect(303);
    let (key, _) = bob.create_key(DEV, "secret", "deploy").await;
    let invite = [("email", "bob@example.com"), ("role", "viewer")];
    let other = server.user("Zoe", "zoe@example.com");
    server.project("Bobs Shop", &other);
    let zoe = server.sign_in("zoe@example.com").await;
    zoe.post("/projects/bobs-shop/team/invite", &invite).await.expect(200);

    change(&ada, &id, "delete").await.expect(303);
    bob.get("/projects").await.expect(303);
    sign_in(&server, "bob@example.com", PASSWORD).await.expect(422);
    assert_eq!(server.api().verify(&key).await, Verified::Good("admin".to_owned()));
    let dump = server.database.dump();
    for canary in ["Canary", "bob@example.com"] {
        let line = dump.iter().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary}");
    }
    let former = instance::former_name(&id);
    let activity = ada.get("/projects/my-blog/activity").await.expect(200);
    assert!(activity.text("main").contains(&former), "{}", activity.text("main"));
    assert!(ada.get(DEV).await.expect(200).body.contains(&former));
    // The address is free again, and whoever takes it is somebody else.
    server.user("Bob", "bob@example.com");
    let again = server.sign_in("bob@example.com").await;
    again.get(DEV).await.expect(404);
    change(&ada, &id, "enable").await.expect(404);
}

#[tokio::test]
async fn a_sole_owner_is_not_deleted_before_the_project_is_handed_over() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (id, _) = member(&server, "Bob", "member").await;
    let (carol, _) = member(&server, "Carol", "owner").await;
    server.project("Bobs Shop", &id);
    let page = change(&ada, &id, "delete").await.expect(409);
    assert!(page.text(".note").contains("They are the only owner of Bobs Shop."));
    // An owner who can't sign in is none.
    server.account(instance::disable, &carol);
    let refused = server.write(|c| -> Result<_, keyrack::db::Error> {
        let ada = "SELECT id AS value FROM users WHERE email = 'ada@example.com'";
        let ada = UserId::parse(&server.database.query(ada).remove(0)).unwrap();
        let by = Actor::CommandLine { says: None };
        Ok(instance::delete(c, &mut Act::new(&by, server.clock.now(), &mut os_rng()), &ada))
    });
    assert!(matches!(refused, Err(AccountError::LastAdministrator)), "{refused:?}");
    let projects = ada.get("/instance/projects").await.expect(200);
    assert_eq!(projects.texts("td.name bdi, td.name a"), ["Bobs Shop", "My Blog"]);
    assert!(!projects.body.contains("No owner can sign in"));
    server.account(instance::disable, &id);
    let projects = ada.get("/instance/projects").await.expect(200);
    assert_eq!(projects.texts(".badge.warn"), ["No owner can sign in"]);
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_or_address_and_keys_stay_out_of_the_address() {
    let server = Server::start().await;
    let ada = server.ada().await;
    for number in 1..=60 {
        server.user(&format!("Person {number}"), &format!("p{number}@example.com"));
    }
    let found = ada.post(USERS, &[("q", "P60@")]).await.expect(303).location().to_owned();
    assert_eq!(ada.get(&found).await.expect(200).texts("td.name a"), ["Person 60"]);
    let first = ada.get(USERS).await.expect(200);
    assert_eq!(first.texts("td.name a").len(), 50);
    let second = ada.get(&first.attribute("footer a", "href")).await.expect(200);
    assert_eq!(second.texts("td.name a").len(), 11);
    let none = ada.get(&format!("{USERS}?q=nobody")).await.expect(200);
    assert!(none.text(".empty").contains("nobody"));
    let (key, _) = ada.create_key(DEV, "secret", "server-key").await;
    let address = ada.post(USERS, &[("q", &key)]).await.expect(303).location().to_owned();
    assert!(!address.contains(&key[7..60]), "{address}");
}

#[tokio::test]
async fn the_command_line_does_the_same() {
    let server = Server::start().await;
    server.ada().await;
    let (id, bob) = member(&server, "Bob", "member").await;
    let run = |arguments: &[&str]| Process::run(&server.database, arguments);
    let listed = || String::from_utf8(run(&["user", "list"]).stdout).unwrap();
    let bobs = format!("{id}\tactive\tuser\tbob@example.com\tBob\n");
    assert!(listed().ends_with(&bobs), "{}", listed());
    assert!(run(&["user", "promote", "bob@example.com"]).status.success());
    assert!(run(&["user", "disable", "bob@example.com"]).status.success());
    assert!(listed().contains("\tdisabled\tadministrator\tbob@example.com\t"));
    bob.get("/projects").await.expect(303);
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["user", "list", "--json"]).stdout).unwrap();
    assert_eq!(json[1]["state"], "disabled");
    assert_eq!(json[1]["projects"], serde_json::json!(["my-blog"]));
    assert!(run(&["user", "enable", "bob@example.com"]).status.success());
    let sole = run(&["user", "delete", "ada@example.com"]);
    assert_eq!(
        String::from_utf8(sole.stderr).unwrap(),
        "keyrack: they are the only owner of My Blog; hand that over first, with keyrack project hand-over\n"
    );
    assert!(run(&["user", "delete", "bob@example.com"]).status.success());
    assert_eq!(listed().lines().count(), 1);
    let nobody = run(&["user", "disable", "bob@example.com"]);
    assert_eq!(nobody.status.code(), Some(1));
}
