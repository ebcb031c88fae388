//! Who may do what: every route of the dashboard × everybody who could ask × protected and other
//! environments.

mod foreign;
mod late;
pub mod rows;

use std::collections::{BTreeSet, HashSet};

use keyrack::domain::instance;
use reqwest::Method;
use tokio::task::JoinSet;

use self::rows::{Need, ROWS, Row};
use crate::support::{Page, Server, SignedIn, routes};

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The request was carried out, or the answer says what is wrong with the form.
    Done,
    /// A redirect to the sign-in, or 401 for a form.
    SignIn,
    /// 404, as for something that does not exist.
    Unknown,
    /// 403, for those who may know that it exists.
    Forbidden,
}

/// Who asks, in the order of the columns of [`TABLE`].
const PEOPLE: [&str; 10] = [
    "anonymous",
    "disabled",
    "stranger",
    "administrator",
    "removed",
    "invited",
    "viewer",
    "member",
    "admin",
    "owner",
];

/// For each need of a route, what each of [`PEOPLE`] gets there.
const TABLE: [(Need, [Answer; 10]); 10] = {
    use Answer::{Done, Forbidden, SignIn, Unknown};
    /// For people of the project: viewer, member, admin, owner.
    const fn team([viewer, member, admin, owner]: [Answer; 4]) -> [Answer; 10] {
        [SignIn, SignIn, Unknown, Unknown, Unknown, Unknown, viewer, member, admin, owner]
    }
    const fn signed_in(administrator: Answer, others: Answer, owner: Answer) -> [Answer; 10] {
        let o = others;
        [SignIn, SignIn, o, administrator, o, o, o, o, o, owner]
    }
    [
        (Need::Nothing, [Done; 10]),
        (Need::SignedIn, signed_in(Done, Done, Done)),
        // Whoever made the first account runs the instance; here that is the owner, too.
        (Need::Administer, signed_in(Done, Forbidden, Done)),
        // The stranger owns a project of their own.
        (
            Need::CreateProjects,
            [
                SignIn, SignIn, Done, Done, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden,
                Done,
            ],
        ),
        (Need::See, team([Done, Done, Done, Done])),
        (Need::EditKeys, team([Forbidden, Done, Done, Done])),
        (Need::EditProtectedKeys, team([Forbidden, Forbidden, Done, Done])),
        (Need::AddEnvironments, team([Forbidden, Done, Done, Done])),
        (Need::Manage, team([Forbidden, Forbidden, Done, Done])),
        (Need::Own, team([Forbidden, Forbidden, Forbidden, Done])),
    ]
};

/// The ids in addresses, by their names in the table of routes.
struct Ids(Vec<(&'static str, String)>);

impl Ids {
    fn fill(&self, template: &str) -> String {
        self.0.iter().fold(template.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        })
    }

    /// The same ids, except for one.
    fn with(&self, name: &str, value: &str) -> Self {
        let other = |(this, id): &(&'static str, String)| {
            (*this, if *this == name { value.to_owned() } else { id.clone() })
        };
        Self(self.0.iter().map(other).collect())
    }
}

/// An answer without its request id, which is all that may differ.
pub fn without_reference(page: &Page) -> String {
    let reference = page.texts("code.select-all").into_iter().next().unwrap_or_default();
    assert!(!reference.is_empty(), "{} {}", page.status, page.body);
    page.body.replace(&reference, "REFERENCE")
}

/// Makes everything that has an id in an environment of the project `slug`, which `ada` owns.
async fn ids(server: &Server, ada: &SignedIn, slug: &'static str, environment: &str) -> Ids {
    let (_, key) = ada
        .create_key(&format!("/projects/{slug}/{environment}/api-keys"), "secret", "server-key")
        .await;
    let of = |table: &str, more: &str| {
        let project = format!("project_id = (SELECT id FROM projects WHERE slug = '{slug}')");
        server
            .database
            .query(&format!("SELECT id AS value FROM {table} WHERE {project} AND {more}"))
            .remove(0)
    };
    let zoe =
        server.database.query("SELECT id AS value FROM users WHERE email = 'zoe@example.com'");
    let project_id = format!("SELECT id AS value FROM projects WHERE slug = '{slug}'");
    let project_id = server.database.query(&project_id).remove(0);
    Ids(vec![
        ("project", slug.to_owned()),
        ("environment", environment.to_owned()),
        ("id", of("environments", &format!("name = '{environment}'"))),
        ("key", key),
        ("user", zoe.into_iter().next().unwrap_or_default()),
        ("verb", "disable".to_owned()),
        ("of", project_id),
        ("invitation", of("invitations", "ended IS NULL AND email = 'kim@example.com'")),
    ])
}

/// Kim's link to a project, without the origin.
async fn invite(server: &Server, who: &SignedIn, slug: &str) -> String {
    let invited = who
        .post(
            &format!("/projects/{slug}/team/invite"),
            &[("email", "kim@example.com"), ("role", "viewer")],
        )
        .await;
    invited.expect(200).text("#lnk").replace(&server.origin, "")
}

/// [`PEOPLE`], each in a browser of their own.
async fn people(server: &Server, ada: &SignedIn) -> Vec<SignedIn> {
    let mut people = vec![SignedIn { browser: server.anonymous(), csrf: String::new() }];
    for name in &PEOPLE[1..9] {
        let email = format!("{name}@example.com");
        let id = server.user(name, &email);
        people.push(server.sign_in(&email).await);
        match *name {
            "stranger" => drop(server.project("Bobs Shop", &id)),
            "administrator" => drop(server.account(instance::promote, &id)),
            "disabled" => {
                server.member("my-blog", &id, "owner");
                server.account(instance::disable, &id);
            }
            "removed" => {
                server.member("my-blog", &id, "admin");
                ada.post(&format!("/projects/my-blog/team/{id}/remove"), &[]).await.expect(303);
            }
            "invited" => {
                ada.post("/projects/my-blog/team/invite", &[("email", &email), ("role", "admin")])
                    .await
                    .expect(200);
            }
            role => server.member("my-blog", &id, role),
        }
    }
    people.push(ada.clone());
    people
}

/// Sends a form that belongs to this session but is not valid, so that nothing is changed.
async fn ask(who: &SignedIn, method: &Method, path: &str) -> Page {
    if *method == Method::GET {
        who.get(path).await
    } else {
        who.post(path, &[("no-such-field", "x")]).await
    }
}

#[test]
fn every_route_of_the_dashboard_has_one_row() {
    for method in [Method::GET, Method::POST] {
        let rows: BTreeSet<String> = ROWS
            .iter()
            .filter(|row| row.method() == method)
            .map(|row| row.path.split('?').next().unwrap().to_owned())
            .collect();
        assert_eq!(rows, routes::that_take(method.as_str()), "{method}: tests/matrix/rows.rs");
    }
    let all: HashSet<_> = ROWS.iter().map(|row| (row.method(), row.path)).collect();
    assert_eq!(all.len(), ROWS.len(), "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_the_answer_of_the_table_and_nothing_changes() {
    let server = Server::start().await;
    let ada = server.ada().await;
    let zoe = server.user("Zoe", "zoe@example.com");
    server.member("my-blog", &zoe, "viewer");
    let link = invite(&server, &ada, "my-blog").await;
    let people = people(&server, &ada).await;
    let places =
        [ids(&server, &ada, "my-blog", "dev").await, ids(&server, &ada, "my-blog", "prod").await];
    let mut unknown = Vec::new();
    for who in &people {
        unknown.push(who.get("/projects/no-such-project").await);
    }
    let before = server.database.dump();
    let mut wrong = Vec::new();
    for row in ROWS {
        let in_environment = row.path.contains("{environment}") || row.path.contains("{id}");
        for (place, protected) in
            places.iter().zip([false, true]).take(if in_environment { 2 } else { 1 })
        {
            let path = if row.path == "/invitations" { link.clone() } else { place.fill(row.path) };
            let need = if row.need == Need::EditKeys && protected {
                Need::EditProtectedKeys
            } else {
                row.need
            };
            let (_, expected) = TABLE.iter().find(|(known, _)| *known == need).unwrap();
            let mut asking = JoinSet::new();
            for (at, who) in people.iter().enumerate() {
                let (who, path, method) = (who.clone(), path.clone(), row.method());
                asking.spawn(async move { (at, ask(&who, &method, &path).await) });
            }
            for (at, page) in asking.join_all().await {
                if let Err(why) = check(row, &path, expected[at], &page, &unknown[at]) {
                    wrong.push(format!(
                        "{:?} {path} as {}: {} {why}",
                        row.method(),
                        PEOPLE[at],
                        page.status
                    ));
                }
            }
        }
        assert_eq!(server.database.dump(), before, "{} changes something", row.path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Checks that somebody got the right answer.
fn check(
    row: &Row,
    path: &str,
    expected: Answer,
    page: &Page,
    unknown: &Page,
) -> Result<(), &'static str> {
    let status = page.status.as_u16();
    let as_expected = match expected {
        Answer::Done if row.need == Need::Nothing => row.open.contains(&status),
        Answer::Done if row.method() == Method::GET => [200, 303].contains(&status),
        Answer::Done => status == 400,
        Answer::SignIn if row.method() == Method::GET => {
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            let sign_in =
                if path == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={next}") };
            status == 303 && page.location().replace("%20", "+") == sign_in
        }
        Answer::SignIn => status == 401,
        Answer::Forbidden => status == 403,
        Answer::Unknown if status != 404 => false,
        Answer::Unknown if without_reference(page) != without_reference(unknown) => {
            return Err("tells more than of an unknown project");
        }
        Answer::Unknown => true,
    };
    if as_expected { Ok(()) } else { Err("is not what the table says") }
}
