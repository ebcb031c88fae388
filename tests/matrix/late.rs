//! Rights that were taken away after the page was shown no longer count: each change checks them
//! again within its transaction. So a form that takes long to arrive, or has to wait, can't undo a
//! demotion that was answered before.

use keyrack::db::{self, DbConnection, UserId};
use keyrack::domain::access_rules::Rules;
use keyrack::domain::api_keys::{
    self, Expiry, FormToken, Id, KeyName, Kind, NewKey, Note, Overlap, Rotation,
};
use keyrack::domain::environments::{self, Environment};
use keyrack::domain::policies::{self, Change};
use keyrack::domain::projects::{self, KeyLife, Project, SharedAddress};
use keyrack::domain::{Act, Actor, os_rng};

use crate::support::{Server, SignedIn};

const DEV: &str = "/projects/my-blog/dev/api-keys";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The error of any change, in words.
#[derive(Debug)]
struct Said(String);

impl From<db::Error> for Said {
    fn from(error: db::Error) -> Self {
        Self(error.to_string())
    }
}

fn said<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), Said> {
    result.map(drop).map_err(|error| Said(error.to_string()))
}

/// The values of `seen` on the open pages.
struct Seen {
    project: Project,
    environment: Environment,
    key: Id,
    actor: Actor,
}

type Work = fn(&mut DbConnection, &Seen) -> Result<(), Said>;

/// Everything that changes keys, each in its own transaction.
const CHANGES: [(&str, Work); 8] = [
    ("create", |c, at| {
        let expiry = Some(Expiry::Days(1));
        let name = KeyName::parse("late").unwrap();
        let new = NewKey {
            kind: Kind::Secret,
            name,
            form_token: FormToken::parse(TOKEN),
            narrowed: Default::default(),
            expiry,
        };
        said(api_keys::create(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &new,
        ))
    }),
    ("delete", |c, at| {
        let key = api_keys::find(c, &at.environment.id, &at.key)?.unwrap();
        said(api_keys::delete(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            key,
        ))
    }),
    ("replace", |c, at| {
        let token = FormToken::parse(TOKEN).unwrap();
        said(api_keys::replace(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
            token,
        ))
    }),
    ("pause", |c, at| {
        said(api_keys::pause(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
        ))
    }),
    ("resume", |c, at| {
        said(api_keys::resume(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
            None,
        ))
    }),
    ("rotate", |c, at| {
        let rotation = Rotation {
            form_token: FormToken::parse(TOKEN).unwrap(),
            rotations: 0,
            overlap: Overlap::None,
        };
        said(api_keys::rotate(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
            &rotation,
        ))
    }),
    ("end overlap", |c, at| {
        said(api_keys::end_overlap(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
            None,
        ))
    }),
    ("describe", |c, at| {
        let change = api_keys::Change {
            name: Some(KeyName::parse("late").unwrap()),
            note: Some(Note::parse("late").unwrap()),
            seen: None,
        };
        said(api_keys::describe(
            c,
            &mut Act::new(&at.actor, at.key_time(), &mut os_rng()),
            &at.environment,
            &at.key,
            &change,
        ))
    }),
];

impl Seen {
    /// Any time at which the key lives.
    fn key_time(&self) -> chrono::NaiveDateTime {
        self.environment.created_at + chrono::TimeDelta::seconds(1)
    }
}

/// Bob, a member, with the pages of `dev` open.
async fn bob(server: &Server, ada: &SignedIn) -> (UserId, SignedIn, Seen) {
    let (_, key) = ada.create_key(DEV, "secret", "server-key").await;
    let id = server.user("Bob", "bob@example.com");
    server.member("my-blog", &id, "member");
    let seen = server.write(|c| -> Result<_, db::Error> {
        let project = projects::find(c, "my-blog")?.unwrap();
        let environment = environments::list(c, &project.id)?.remove(0);
        let actor = Actor::User { id: id.clone(), address: None, session: None };
        Ok(Seen { project, environment, key: Id::parse(&key).unwrap(), actor })
    });
    let browser = server.sign_in("bob@example.com").await;
    (id, browser, seen)
}

#[tokio::test]
async fn a_change_of_keys_that_comes_after_the_right_went_is_refused_inside_its_transaction() {
    const VIEWER: &str =
        "You are a viewer of this project. Only owners, admins and members can add or delete keys.";
    const PROTECTED: &str = "dev is protected. Only owners and admins can add or delete keys.";
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob, _, seen) = bob(&server, &ada).await;
    let protect = |yes: &str| {
        server
            .database
            .execute(&format!("UPDATE environments SET protected = {yes} WHERE name = 'dev'"))
    };
    let went: [(&str, &dyn Fn()); 3] = [
        (VIEWER, &|| server.member("my-blog", &bob, "viewer")),
        (PROTECTED, &|| {
            server.member("my-blog", &bob, "member");
            protect("TRUE");
        }),
        ("not a member of a living project", &|| {
            protect("FALSE");
            server.database.execute(&format!("DELETE FROM members WHERE user_id = '{bob}'"));
        }),
    ];
    for (why, go) in went {
        go();
        let before = server.database.dump();
        for (name, work) in CHANGES {
            let result = server.db.write_blocking(|c| work(c, &seen));
            assert_eq!(result.map_err(|said| said.0), Err(why.to_owned()), "{name}");
        }
        assert_eq!(server.database.dump(), before, "{why}");
    }
    // Once Bob has the right again, each change is possible.
    server.member("my-blog", &bob, "member");
    for (name, work) in CHANGES {
        let rolled_back =
            server.db.write_blocking(|c| work(c, &seen).and(Err::<(), _>(Said("done".to_owned()))));
        assert_eq!(rolled_back.unwrap_err().0, "done", "{name}");
    }
}

#[tokio::test]
async fn settings_and_policies_ask_again_too() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob, _, seen) = bob(&server, &ada).await;
    server.member("my-blog", &bob, "viewer");
    let now = server.clock.now();
    let before = server.database.dump();
    let life = KeyLife::parse("90").unwrap();
    let refused = server.db.write_blocking(|c| {
        said(projects::set_key_life(
            c,
            &mut Act::new(&seen.actor, now, &mut os_rng()),
            &seen.project,
            life,
        ))
    });
    assert_eq!(refused.unwrap_err().0, "Only owners and admins of this project can change this.");
    let refused = server.db.write_blocking(|c| {
        let all = environments::list(c, &seen.project.id)?;
        let chosen = SharedAddress {
            environments: vec![seen.environment.id.clone()],
            seen: projects::seen_shared_address(&all),
        };
        said(projects::set_shared_address(
            c,
            &mut Act::new(&seen.actor, now, &mut os_rng()),
            &seen.project,
            &chosen,
        ))
    });
    assert_eq!(refused.unwrap_err().0, "Only owners and admins of this project can change this.");
    let change = || Change::Rules(Rules::default());
    let edit = |c: &mut DbConnection| {
        said(policies::edit(
            c,
            &mut Act::new(&seen.actor, now, &mut os_rng()),
            &seen.environment,
            None,
            change(),
        ))
    };
    let viewer =
        "You are a viewer of this project. Only owners, admins and members can change this.";
    assert_eq!(server.db.write_blocking(edit).unwrap_err().0, viewer);
    // An environment that was deleted has no policy to change.
    server.member("my-blog", &bob, "admin");
    server.database.execute("UPDATE environments SET deleted_at = created_at WHERE name = 'dev'");
    assert_eq!(server.db.write_blocking(edit).unwrap_err().0, "not a member of a living project");
    server.database.execute("UPDATE environments SET deleted_at = NULL WHERE name = 'dev'");
    server.member("my-blog", &bob, "viewer");
    assert_eq!(server.database.dump(), before);
}

#[tokio::test]
async fn the_first_form_after_a_demotion_is_refused_however_long_its_page_was_open() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let (bob, browser, seen) = bob(&server, &ada).await;
    let token = browser.form_token(DEV, "secret").await;
    let role = format!("/projects/my-blog/team/{bob}/role");
    ada.post(&role, &[("was", "member"), ("role", "viewer")]).await.expect(303);
    let before = server.database.dump();
    let (key, fields) =
        (&seen.key, [("token", token.as_str()), ("kind", "secret"), ("name", "late")]);
    browser.post(DEV, &fields).await.expect(403);
    browser.delete_key(DEV, key.as_str(), "server-key").await.expect(403);
    browser.post(&format!("{DEV}/{key}/pause"), &[]).await.expect(403);
    browser.post("/projects/my-blog/environments", &[("name", "late")]).await.expect(403);
    assert_eq!(server.database.dump(), before);
}
