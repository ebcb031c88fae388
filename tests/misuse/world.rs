//! The people who misuse Keyrack. Each has keys of their own, and a session if they have an
//! account.

use std::collections::HashMap;

use keyrack::db::UserId;
use keyrack::domain::instance::settings::{self, ProjectCreation, Settings};

use super::file::{File, OWN_CODE};
use crate::access_rules::turn;
use crate::support::{Server, SignedIn, TestDatabase};

/// The projects, which have the same environments. `my-blog` is Ada's.
pub const PROJECTS: [&str; 4] = ["my-blog", "shop", "mallorys", "veras"];
/// The environments that each project has.
pub const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];
/// Another one, in which *Check keys only* is on.
const LAB: &str = "lab";
/// A project that was deleted.
pub const CLOSED: &str = "closed";
/// A protected environment of `my-blog` that was deleted.
pub const VAULT: &str = "vault";

/// What is special about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Secret,
    Publishable,
    /// It may only read posts.
    Scoped,
    /// It may only be used from [`INSIDE`], or by a proxy itself.
    Office,
    /// Of an environment whose rules accept every key outside the base path.
    Roaming,
    /// A publishable key without scopes, of an environment in which *Check keys only* is on.
    Lifted,
    /// One with scopes there.
    Kept,
    Paused,
    Deleted,
    Expired,
    /// Its scopes can't be read.
    Damaged,
}

/// Where an office's calls come from.
pub const INSIDE: &str = "10.1.2.3";
const OFFICE: &str = "10.0.0.0/8 127.0.0.0/8";

#[derive(Clone)]
pub struct Key {
    pub what: What,
    pub text: String,
    /// `{project}/{environment}`
    pub home: String,
}

impl Key {
    /// Works, from an address that is allowed.
    pub fn lives(&self) -> bool {
        matches!(self.what, What::Secret | What::Publishable | What::Scoped | What::Office)
    }

    pub fn project(&self) -> &str {
        self.home.split_once('/').unwrap().0
    }

    pub fn environment(&self) -> &str {
        self.home.split_once('/').unwrap().1
    }
}

/// Somebody who tries what is not allowed.
#[derive(Clone)]
pub struct Person {
    pub name: &'static str,
    /// A browser: signed in, if there is an account.
    pub browser: SignedIn,
    pub keys: Vec<Key>,
    /// What the gateway's file says in front of the API that they call.
    pub file: File,
}

pub struct World {
    pub server: Server,
    /// In the order of [`super::table::PEOPLE`].
    pub people: Vec<Person>,
    /// What stands in addresses of pages, by project.
    pub ids: HashMap<&'static str, Vec<(&'static str, String)>>,
}

impl World {
    pub async fn new() -> Self {
        let own_code = OWN_CODE.to_string();
        let trust = ["--trusted-proxy", "127.0.0.1", "--trusted-gateway", &own_code];
        let server = Server::start_bare(TestDatabase::migrated(), &trust).await;
        let ada_id = server.user("Ada", "ada@example.com");
        // Whoever tries may make projects of their own.
        let everybody =
            Settings { project_creation: ProjectCreation::Everybody, ..Settings::default() };
        server.account(|c, act, _| settings::set(c, act, &everybody), &ada_id);
        let ada = owner(&server, &ada_id, "ada@example.com", "My Blog").await;
        give_names_up(&server, &ada, &ada_id).await;

        let mut people = Vec::new();
        let nobody = || SignedIn { browser: server.anonymous(), csrf: String::new() };
        let right = |name, browser, keys| Person { name, browser, keys, file: File::Right };
        people.push(right("outsider", nobody(), outsiders(&server, &ada).await));
        people.push(right("customer", nobody(), customers(&server, &ada).await));

        let (mallory, id) = newcomer(&server, "Mallory", "Mallorys").await;
        server.member("my-blog", &id, "admin");
        ada.post(&format!("/projects/my-blog/team/{id}/remove"), &[]).await.expect(303);
        let keys = all_kinds(&server, &mallory, "mallorys").await;
        people.push(right("removed member", mallory, keys));

        let (vera, id) = newcomer(&server, "Vera", "Veras").await;
        server.member("my-blog", &id, "viewer");
        let keys = all_kinds(&server, &vera, "veras").await;
        people.push(right("viewer", vera, keys));

        let sue = server.user("Sue", "sue@example.com");
        server.project("Shop", &sue);
        let id = server.user("Bob", "bob@example.com");
        server.member("shop", &id, "admin");
        let bob = server.sign_in("bob@example.com").await;
        open(&bob, "shop").await;
        let keys = all_kinds(&server, &bob, "shop").await;
        people.push(right("admin of another project", bob.clone(), keys));

        // Whoever calls an API whose operator was careless: a customer, and the removed member.
        let keys = [&people[1].keys[..], &people[2].keys].concat();
        for file in File::WRONG {
            let (browser, keys) = (nobody(), keys.clone());
            people.push(Person { name: file.name(), browser, keys, file });
        }
        people.push(right("former binary", bob, keys));

        server
            .database
            .execute("UPDATE environments SET answers_all = TRUE WHERE name = 'staging'");
        let ids = PROJECTS.map(|slug| (slug, ids(&server, slug)));
        Self { server, people, ids: ids.into() }
    }

    pub fn id(&self, project: &str, name: &str) -> &str {
        &self.ids[project].iter().find(|(known, _)| *known == name).unwrap().1
    }
}

/// Gives the owner of a new project, signed in.
async fn owner(server: &Server, id: &UserId, email: &str, project: &str) -> SignedIn {
    let slug = server.project(project, id);
    let owner = server.sign_in(email).await;
    open(&owner, &slug).await;
    owner
}

/// In `staging` everybody may be outside the base path, and do nothing under it without a secret
/// key. In `lab` publishable keys are let in while nothing is known of a call.
async fn open(who: &SignedIn, slug: &str) {
    let mut rules = vec![("elsewhere", "everybody"), ("refuse_browsers", "on")];
    let rights = ["admin-read", "admin-list", "admin-create", "admin-update", "admin-delete"];
    rules.extend(rights.map(|right| (right, "on")));
    let page = format!("/projects/{slug}/staging/access-rules");
    who.save_rules(&page, &rules).await.expect(303);
    let list = format!("/projects/{slug}/environments");
    who.post(&list, &[("name", LAB)]).await.expect(303);
    turn(who, &format!("/projects/{slug}/{LAB}/access-rules"), "on").await.expect(303);
}

/// Somebody with an account and a project of their own.
async fn newcomer(server: &Server, name: &str, project: &str) -> (SignedIn, UserId) {
    let email = format!("{}@example.com", name.to_lowercase());
    let id = server.user(name, &email);
    (owner(server, &id, &email, project).await, id)
}

/// A project and an environment that are gone, and whose names somebody may want to have.
async fn give_names_up(server: &Server, ada: &SignedIn, id: &UserId) {
    server.project("Closed", id);
    let sure = [("confirm", "Closed")];
    ada.post("/projects/closed/settings/delete", &sure).await.expect(303);
    let list = "/projects/my-blog/environments";
    ada.post(list, &[("name", VAULT), ("protected", "yes")]).await.expect(303);
    let vault = format!("SELECT id AS value FROM environments WHERE name = '{VAULT}'");
    let vault = server.database.query(&vault).remove(0);
    let sure = [("confirm", VAULT)];
    ada.post(&format!("{list}/{vault}/delete"), &sure).await.expect(303);
}

/// What everybody can read in a page of the web shop.
async fn outsiders(server: &Server, ada: &SignedIn) -> Vec<Key> {
    let mut keys = Vec::new();
    for what in [What::Publishable, What::Paused, What::Deleted, What::Expired, What::Damaged] {
        keys.push(key(server, ada, "publishable", "my-blog/dev", what).await);
    }
    keys.push(key(server, ada, "publishable", "my-blog/staging", What::Roaming).await);
    keys.push(key(server, ada, "publishable", "my-blog/lab", What::Lifted).await);
    keys
}

/// What the team gave to a customer.
async fn customers(server: &Server, ada: &SignedIn) -> Vec<Key> {
    let mut keys = Vec::new();
    for what in
        [What::Scoped, What::Office, What::Paused, What::Deleted, What::Expired, What::Damaged]
    {
        keys.push(key(server, ada, "secret", "my-blog/prod", what).await);
    }
    keys.push(key(server, ada, "secret", "my-blog/staging", What::Roaming).await);
    keys.push(key(server, ada, "secret", "my-blog/lab", What::Kept).await);
    keys
}

/// What somebody can make in a project of their own.
async fn all_kinds(server: &Server, who: &SignedIn, project: &str) -> Vec<Key> {
    let dev = format!("{project}/dev");
    let mut keys = vec![key(server, who, "publishable", &dev, What::Publishable).await];
    for what in [
        What::Secret,
        What::Scoped,
        What::Office,
        What::Paused,
        What::Deleted,
        What::Expired,
        What::Damaged,
    ] {
        keys.push(key(server, who, "secret", &dev, what).await);
    }
    for (environment, what) in [("staging", What::Roaming), (LAB, What::Lifted), (LAB, What::Kept)]
    {
        let home = format!("{project}/{environment}");
        keys.push(key(server, who, "publishable", &home, what).await);
    }
    keys
}

async fn key(server: &Server, who: &SignedIn, kind: &str, home: &str, what: What) -> Key {
    let name = format!("{what:?}-{kind}").to_lowercase();
    let list = format!("/projects/{home}/api-keys");
    let scoped: &[(&str, &str)] = match what {
        What::Scoped | What::Kept => &[("scopes", "posts:read")],
        What::Roaming if kind == "secret" => &[("scopes", "posts:*")],
        What::Office => &[("from", OFFICE)],
        _ => &[],
    };
    let text = who.create_narrowed(&list, kind, &name, scoped).await;
    let (project, environment) = home.split_once('/').unwrap();
    let of = format!(
        "name = '{name}' AND environment_id = (SELECT e.id FROM environments e \
         JOIN projects p ON p.id = e.project_id WHERE p.slug = '{project}' \
         AND e.name = '{environment}')"
    );
    let set = |column: &str, value: &str| {
        server.database.execute(&format!("UPDATE api_keys SET {column} = {value} WHERE {of}"));
    };
    match what {
        What::Paused => set("paused_at", "created_at"),
        What::Expired => set("expires_at", "created_at"),
        What::Damaged => set("scopes", "'odd'"),
        What::Deleted => {
            let id = format!("SELECT id AS value FROM api_keys WHERE {of}");
            let id = server.database.query(&id).remove(0);
            who.delete_key(&list, &id, &name).await.expect(303);
        }
        What::Secret | What::Publishable | What::Scoped | What::Office => {}
        What::Roaming | What::Lifted | What::Kept => {}
    }
    Key { what, text, home: home.to_owned() }
}

fn ids(server: &Server, slug: &str) -> Vec<(&'static str, String)> {
    let first = |sql: String| server.database.query(&sql).remove(0);
    let project = first(format!("SELECT id AS value FROM projects WHERE slug = '{slug}'"));
    let of = |table: &str, column: &str| {
        first(format!("SELECT {column} AS value FROM {table} WHERE project_id = '{project}'"))
    };
    let environment = format!("environments WHERE project_id = '{project}' AND name = 'dev'");
    vec![
        ("project", slug.to_owned()),
        ("environment", "dev".to_owned()),
        ("id", first(format!("SELECT id AS value FROM {environment}"))),
        ("key", of("api_keys", "id")),
        ("user", of("members", "user_id")),
        ("invitation", "inv_00000000000070008000000000000000".to_owned()),
        ("project id", project),
    ]
}
